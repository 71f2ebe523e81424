import { createHash, randomBytes } from "node:crypto";
import type { Statement } from "./ociPolicyLanguage.js";
import { Refusal, type Answer } from "./service.js";

export interface TenancyOptions {
  /** OCID of the tenancy. */
  tenancyId: string;
  /** OCIDs of the compartments below it. Default: none. */
  compartmentIds?: readonly string[];
  /** Home region, such as sa-saopaulo-1. */
  region: string;
  /** Whether there are identity domains, where every user needs an email address of its own. Default: false. */
  identityDomains?: boolean;
}

/** What every kind of resource has. */
export interface Resource {
  id: string;
  compartmentId: string;
  timeCreated: string;
  lifecycleState: "ACTIVE";
}

export interface Named extends Resource {
  name: string;
}

export interface User extends Named {
  email?: string;
  capabilities: Record<string, boolean>;
}

export interface Membership extends Resource {
  userId: string;
  groupId: string;
}

/** The public part. The secret one is in the answer that makes the key. */
export interface SecretKey {
  id: string;
  userId: string;
  displayName: string;
}

export interface Policy extends Named {
  statements: string[];
  /** The statements, understood. */
  parsed: Statement[];
}

export interface Bucket extends Named {
  versioning: "Enabled" | "Suspended" | "Disabled";
  lifecycle?: { timeCreated: string; items: unknown[] };
}

/** All that exists in one tenancy. */
export class Tenancy {
  readonly id: string;
  readonly region: string;
  readonly identityDomains: boolean;
  /** What Object Storage calls the tenancy. */
  readonly namespace: string;
  /** The user who makes the calls. */
  readonly callerId = ocid("user");

  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Named>();
  readonly memberships = new Map<string, Membership>();
  readonly secretKeys = new Map<string, SecretKey>();
  readonly policies = new Map<string, Policy>();
  /** By name. */
  readonly buckets = new Map<string, Bucket>();
  readonly #compartments: ReadonlySet<string>;

  constructor({ tenancyId, compartmentIds = [], region, identityDomains = false }: TenancyOptions) {
    this.id = tenancyId;
    this.region = region;
    this.identityDomains = identityDomains;
    this.namespace = createHash("sha256").update(tenancyId).digest("hex").slice(0, 12);
    this.#compartments = new Set([tenancyId, ...compartmentIds]);
  }

  hasCompartment(id: string): boolean {
    return this.#compartments.has(id);
  }

  /**
   * A new resource of this kind.
   *
   * @throws Refusal for a compartment that does not exist.
   */
  resource(kind: string, compartmentId: string): Resource {
    if (!this.hasCompartment(compartmentId)) throw notFound(`compartment ${compartmentId}`);
    return { id: ocid(kind), compartmentId, timeCreated: new Date().toISOString(), lifecycleState: "ACTIVE" };
  }

  /** One line for each thing that exists. */
  holds(): string[] {
    const { users, groups, memberships, secretKeys, policies, buckets } = this;
    return [
      ...Array.from(users.values(), ({ name }) => `user ${name}`),
      ...Array.from(groups.values(), ({ name }) => `group ${name}`),
      ...Array.from(memberships.keys(), (id) => `group membership ${id}`),
      ...Array.from(secretKeys.values(), ({ displayName }) => `customer secret key ${displayName}`),
      ...Array.from(policies.values(), ({ name }) => `policy ${name}`),
      ...Array.from(buckets.keys(), (name) => `bucket ${name}`),
    ];
  }
}

function ocid(kind: string): string {
  return `ocid1.${kind}.oc1..${randomBytes(30).toString("hex")}`;
}

/** A resource as the answer shows it, with a tag of its present state. */
export function shown(resource: object): Answer {
  return { status: 200, body: resource, headers: { etag: etagOf(resource) } };
}

export function etagOf(resource: object): string {
  return createHash("sha256").update(JSON.stringify(resource)).digest("hex").slice(0, 32);
}

/** @throws Refusal when there is none. */
export function find<T>(resources: ReadonlyMap<string, T>, id: string | undefined, what: string): T {
  const found = resources.get(id ?? "");
  if (found === undefined) throw notFound(`${what} ${id}`);
  return found;
}

/** The service does not tell what is missing from what is hidden. */
export function notFound(what: string): Refusal {
  return new Refusal(
    404,
    "NotAuthorizedOrNotFound",
    `Authorization failed or requested resource not found: ${what}`,
  );
}

export function invalid(message: string): Refusal {
  return new Refusal(400, "InvalidParameter", message);
}

/** @throws Refusal when another resource has the name, in whatever case. */
export function demandNewName(resources: ReadonlyMap<string, Named>, name: string, what: string): void {
  for (const other of resources.values()) {
    if (other.name.toLowerCase() === name.toLowerCase()) {
      throw new Refusal(409, `${what}AlreadyExists`, `${what} "${name}" already exists`);
    }
  }
}
