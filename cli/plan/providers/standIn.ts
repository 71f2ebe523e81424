/** Property values as a provider sees them: secrets unwrapped, unknown values as the marker in values.ts. */
export type Values = Record<string, any>;

/** A property that a check refuses, and the rule it breaks. Never the value: it may be secret. */
export interface Failure {
  property: string;
  reason: string;
}

export interface CheckContext {
  urn: string;
  type: string;
  /** Logical name of the resource in the program. */
  name: string;
}

export interface Checked {
  failures: Failure[];
  /** Inputs the provider fills in where the program gives none, such as a generated name. */
  defaults?: Values;
}

export interface Change {
  /** Path of the property, such as ["spec", "rules", 0, "host"]. */
  path: (string | number)[];
  kind: "add" | "delete" | "update";
}

/** What an operation made of a resource. */
export interface OperationResult {
  /** Outputs beyond the inputs. */
  outputs?: Values;
}

export interface Created extends OperationResult {
  id: string;
}

/** A resource as it was recorded. */
export interface Existing {
  id: string;
  /** Secrets are still wrapped. */
  inputs: Values;
  outputs: Values;
}

/** A resource as it was found. */
export interface FoundResource extends OperationResult {
  /** The inputs that would make what was found; secrets wrapped. */
  inputs: Values;
}

/** What a stand-in knows about one type of resource. */
export interface ResourceKind {
  /** Refuses inputs that the real provider, or the API behind it, would refuse. */
  check?(inputs: Values, context: CheckContext): Checked | Promise<Checked>;
  /** Brings inputs into the form that the real provider keeps them in; secrets are wrapped. Default: they stay as they are. */
  normalize?(inputs: Values): Values;
  /** What new inputs are compared with. Default: the old inputs. */
  existing?(olds: { inputs: Values; outputs: Values }): Values;
  /** Inputs that stay as they are recorded where the program no longer gives them. Default: none. */
  computed?: readonly string[];
  /** The form in which old and new inputs are compared, such as with defaults. Default: as they are. */
  compared?(inputs: Values): Values;
  /** Whether a changed input means a new resource. Default: never. */
  replaces?(change: Change, inputs: Values): boolean;
  /** Whether the old resource has to go before the new one is made. Default: false. */
  deleteBeforeReplace?(olds: Values, news: Values): boolean;
  /** Makes it; not called in a preview. */
  create(inputs: Values, context: CheckContext): Created | Promise<Created>;
  /** Changes it; not called in a preview. Default: the new inputs are recorded. */
  update?(existing: Existing, news: Values, context: CheckContext): Promise<OperationResult>;
  /** Finds out how it is; undefined when it is gone. Default: it is as it was recorded. */
  read?(existing: Existing, context: CheckContext): Promise<FoundResource | undefined>;
  /** Finds one that exists outside the state, to import it; undefined where there is none. Default: none can be found. */
  find?(id: string, context: CheckContext): Promise<FoundResource | undefined>;
  /** Removes it. Default: it is forgotten. */
  delete?(existing: Existing, context: CheckContext): Promise<void>;
  /** Outputs that a preview of an update holds to be unknown, though they may stay. */
  recomputed?: readonly string[];
  /** Outputs that are secret by themselves, whatever the inputs are. */
  secretOutputs?: readonly string[];
  /** True when outputs hold values drawn at random: they, and what is derived from them, are never printed. */
  generates?: boolean;
}

/** A stand-in for one Pulumi provider: it checks, compares and records, and talks to nobody unless its kinds do. */
export interface StandIn {
  /** Name of the package, as in `random:index/randomPassword:RandomPassword`. */
  name: string;
  /** The types it knows; the message names them when another one is asked for. */
  types: readonly string[];
  kind(type: string): ResourceKind | undefined;
  /** Provider functions by token. */
  functions?: Record<string, (args: Values) => Values>;
  /** Takes the configuration of the provider. */
  configure?(configuration: Values): void;
}

/** A stand-in whose types are a table. */
export function standIn(
  name: string,
  kinds: Record<string, ResourceKind>,
  functions: StandIn["functions"] = {},
): StandIn {
  return { name, types: Object.keys(kinds), kind: (type) => kinds[type], functions };
}
