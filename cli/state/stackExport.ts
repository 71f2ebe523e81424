/** A resource as a stack's state holds it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  custom?: boolean;
  protect?: boolean;
  /** Whether it is to be deleted, and another one of that name has taken its place. */
  delete?: boolean;
  /** Secrets are wrapped: the text of `plaintext` is JSON. */
  inputs?: Record<string, unknown>;
  /** Secrets are wrapped, as in the inputs. */
  outputs?: Record<string, unknown>;
}

/** What the engine was at when it ended. */
export interface PendingOperation {
  resource: StateResource;
  /** Such as creating, updating or deleting. */
  type: string;
}

/** A stack's state as `pulumi stack export --show-secrets` writes it. */
export interface StackExport {
  version: number;
  /** Null for a stack that nothing was made of yet. */
  deployment: {
    secrets_providers?: { type: string };
    resources?: StateResource[];
    pending_operations?: PendingOperation[];
  } | null;
}
