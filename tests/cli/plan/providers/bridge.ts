import { Host } from "../../../../cli/plan/providers/host.js";
import { formatPath } from "../../../../cli/plan/providers/paths.js";
import type { StandIn, Values } from "../../../../cli/plan/providers/standIn.js";

/** One resource of a stand-in, asked as the engine asks. */
export interface Asked {
  /** What a check refuses, such as `name: is required`. */
  refused(inputs: Values): Promise<string[]>;
  create(inputs: Values): Promise<{ id: string; outputs: Values }>;
  /** What a change from the old inputs to the new ones does to a resource that exists, such as `replace name`. */
  changed(olds: Values, news: Values): Promise<string[]>;
  /** What is recorded after an update, or what a preview shows of it. */
  updated(olds: Values, news: Values, preview?: boolean): Promise<Values>;
  /** What a refresh finds of a resource as it was made: what `create` returned. Default: just now. */
  refreshed(inputs: Values, made?: Awaited<ReturnType<Asked["create"]>>): Promise<Values | undefined>;
}

export function asked(standIn: StandIn, type: string): Asked {
  const host = new Host([standIn], { failures: "refuse" });
  const urn = `urn:pulumi:s::p::${type}::x`;
  const make = (inputs: Values) => host.create(urn, inputs, false);
  return {
    async refused(inputs) {
      const { failures } = await host.check(urn, inputs);
      return failures.map(({ property, reason }) => `${property}: ${reason}`);
    },
    create: make,
    async changed(olds, news) {
      const { outputs } = await make(olds);
      const { changes, deleteBeforeReplace } = host.diff(urn, { inputs: olds, outputs }, news);
      const lines = changes.map(
        ({ path, kind, replaces }) => `${replaces ? "replace" : kind} ${formatPath(path)}`,
      );
      return deleteBeforeReplace ? ["delete first", ...lines] : lines;
    },
    async updated(inputs, news, preview = false) {
      return host.update(urn, { inputs, ...(await make(inputs)) }, news, preview);
    },
    async refreshed(inputs, made) {
      return host.read(urn, { inputs, ...(made ?? (await make(inputs))) });
    },
  };
}
