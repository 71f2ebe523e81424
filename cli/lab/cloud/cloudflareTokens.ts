import { randomBytes } from "node:crypto";
import { z } from "zod";
import { isTimestamp } from "../../../stacks/settings/fields/schedules.js";
import { newTokenValue, permissionGroups, zoneScope } from "../../plan/providers/cloudflare.js";
import { Refusal, type ApiCall, type ApiRoute } from "./server.js";

const time = z.string().refine(isTimestamp, "must be a time such as 2027-12-31T00:00:00Z");
const cidr = z.union([z.cidrv4(), z.cidrv6()], "must be a network such as 192.0.2.0/24");
const groupIds = new Set(
  permissionGroups.filter(({ scopes }) => scopes.includes(zoneScope)).map(({ id }) => id),
);

const policy = z.strictObject({
  effect: z.enum(["allow", "deny"]),
  permission_groups: z
    .array(
      z.strictObject({
        id: z.string().refine((id) => groupIds.has(id), "is no permission group that a zone can have"),
      }),
    )
    .min(1),
  resources: z.record(z.string(), z.literal("*")),
});

const details = z.strictObject({
  name: z.string().min(1).max(120),
  policies: z.array(policy).min(1),
  status: z.enum(["active", "disabled"]).optional(),
  expires_on: time.optional(),
  not_before: time.optional(),
  condition: z
    .strictObject({
      request_ip: z.strictObject({ in: z.array(cidr).optional(), not_in: z.array(cidr).optional() }),
    })
    .optional(),
});

type Details = z.infer<typeof details>;

interface Token extends Details {
  id: string;
  issued_on: string;
  modified_on: string;
}

/** The user's API tokens (https://developers.cloudflare.com/api/resources/user/subresources/tokens/). */
export class CloudflareTokens {
  readonly #tokens = new Map<string, Token>();

  readonly routes: readonly ApiRoute[] = [
    {
      call: "POST /client/v4/user/tokens",
      handle: ({ body }) => {
        const now = timeNow();
        const token = {
          ...this.#checked(body),
          id: randomBytes(16).toString("hex"),
          issued_on: now,
          modified_on: now,
        };
        this.#tokens.set(token.id, token);
        // Here and nowhere else: it is not even kept.
        return { ...shown(token), value: newTokenValue() };
      },
    },
    { call: "GET /client/v4/user/tokens/:id", handle: (request) => shown(this.#find(request)) },
    {
      call: "PUT /client/v4/user/tokens/:id",
      handle: (request) => {
        const { id, issued_on } = this.#find(request);
        // What the request leaves out is gone.
        const token = { ...this.#checked(request.body), id, issued_on, modified_on: timeNow() };
        this.#tokens.set(id, token);
        return shown(token);
      },
    },
    {
      call: "DELETE /client/v4/user/tokens/:id",
      handle: (request) => {
        const { id } = this.#find(request);
        this.#tokens.delete(id);
        return { id };
      },
    },
  ];

  /** @param zoneIds Zones a policy may name. */
  constructor(private readonly zoneIds: readonly string[]) {}

  holds(): string[] {
    return [...this.#tokens.values()].map(({ name, id }) => `API token ${id} "${name}"`);
  }

  #find({ params }: ApiCall): Token {
    const token = this.#tokens.get(params["id"]!);
    if (!token) throw new Refusal(404, 1003, `there is no token ${params["id"]}`);
    return token;
  }

  #checked(body: unknown): Details {
    const token = details.parse(body);
    for (const { resources } of token.policies) {
      const names = Object.keys(resources);
      // Cloudflare would take whole accounts as well; a token of this project is good for one zone alone.
      if (names.length !== 1 || !this.zoneIds.some((id) => names[0] === `${zoneScope}.${id}`)) {
        throw new Refusal(
          400,
          1001,
          `the resources of a policy are not one zone that exists: ${names.join(", ")}`,
        );
      }
    }
    if (token.expires_on !== undefined && isPast(token.expires_on)) {
      throw new Refusal(400, 1001, `expires_on is in the past: ${token.expires_on}`);
    }
    return token;
  }
}

/** A token as every answer shows it. */
function shown({ policies, status = "active", ...rest }: Token) {
  return {
    ...rest,
    status: rest.expires_on !== undefined && isPast(rest.expires_on) ? "expired" : status,
    policies: policies.map((policy) => ({
      ...policy,
      permission_groups: policy.permission_groups.map(({ id }) => ({
        id,
        name: permissionGroups.find((group) => group.id === id)!.name,
      })),
    })),
  };
}

function isPast(time: string): boolean {
  return Date.parse(time) <= Date.now();
}

/** To the second, as Cloudflare writes times. */
function timeNow(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
