import type { Created, StandIn, Values } from "../../../plan/providers/standIn.js";
import type { InternetStandIn, Message } from "./internet.js";

/** What of a resource that a stand-in has made the internet is told, by its type. */
const told: Record<string, (inputs: Values, created: Created) => Message> = {
  "cloudflare:index/apiToken:ApiToken": (_, { outputs }) => ({ token: outputs!["value"] as string }),
  "oci:ObjectStorage/bucket:Bucket": ({ namespace, name }) => ({ bucket: { namespace, name } }),
  "oci:Identity/customerSecretKey:CustomerSecretKey": (_, { id, outputs }) => ({
    key: { accessKey: id, secretKey: outputs!["key"] as string },
  }),
};

/** The stand-in, each of whose tokens, keys and buckets the servers in place of the clouds know from then on. */
export function telling(standIn: StandIn, internet: Pick<InternetStandIn, "tell">): StandIn {
  return {
    ...standIn,
    kind(type) {
      const kind = standIn.kind(type);
      const message = told[type];
      if (!kind || !message) return kind;
      return {
        ...kind,
        async create(inputs, context) {
          const created = await kind.create(inputs, context);
          internet.tell(message(inputs, created));
          return created;
        },
      };
    },
  };
}
