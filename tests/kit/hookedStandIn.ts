import type { RelayHooks } from "../../cli/lab/apply/relay.js";
import { typeOf } from "../../cli/plan/providers/host.js";
import type { StandIn } from "../../cli/plan/providers/standIn.js";

/** What happens around creations and deletions. */
export type Hooks = Required<Pick<RelayHooks, "create" | "delete">>;

/** A stand-in with the hooks that the Kubernetes plugin can have. */
export function hooked(standIn: StandIn, hooks: Hooks): StandIn {
  return {
    ...standIn,
    kind(type) {
      const kind = standIn.kind(type);
      return (
        kind && {
          ...kind,
          create: (inputs, context) =>
            hooks.create({ urn: context.urn, type: typeOf(context.urn), inputs }, async () =>
              kind.create(inputs, context),
            ),
          delete: (existing, context) => hooks.delete(async () => kind.delete?.(existing, context)),
        }
      );
    },
  };
}
