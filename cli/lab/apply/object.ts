import {
  Unready,
  type OperationContext,
  type OperationResult,
  type ResourceKind,
  type Values,
} from "../../plan/providers/standIn.js";
import { plain } from "../../plan/providers/values.js";
import { ApiError } from "../../../stacks/kubernetes/apiError.js";
import { isPatch } from "../../plan/providers/kubernetes/object.js";
import { collides } from "../../plan/providers/kubernetes/replace.js";
import type { Kubectl } from "../kubectl.js";
import type { ObjectApi } from "./objectApi.js";
import type { DefinitionInstaller } from "./definitions.js";
import { drifted } from "./drift.js";
import { creator, hasFieldsOf, managerOutput, newManager, succession } from "./ownership.js";
import { annotation, limitOf, objectTitle, unheeded, untilGone, waitUntilReady } from "./wait.js";

export interface ClusterConnection {
  api: ObjectApi;
  kubectl: Kubectl;
  definitions: DefinitionInstaller;
}

/** What the program tells the provider. */
export interface ProviderSettings {
  /** Take objects over that exist already. */
  upsert: boolean;
  /** Take fields away from others, whatever an object says. */
  force: boolean;
}

/** Objects and custom resources that are really applied; what is checked and compared stays as recorded. */
export function appliedObject(
  recorded: ResourceKind,
  cluster: ClusterConnection,
  settings: ProviderSettings,
): ResourceKind {
  const { api, definitions } = cluster;

  const apply = (object: Values, manager: string) =>
    api.apply(object, { manager, force: settings.force || annotation(object, "patchForce") === "true" });

  /** Waits for what exists now; what does not become ready is recorded nevertheless. */
  async function settle(
    id: string,
    object: Values,
    made: Values,
    manager: string,
    context: OperationContext,
  ): Promise<OperationResult> {
    try {
      await waitUntilReady(cluster, object, context);
      return outcome((await api.get(object)) ?? made, manager);
    } catch (error) {
      throw new Unready((error as Error).message, { id, ...outcome(made, manager) });
    }
  }

  return {
    ...recorded,
    async check(object, context) {
      const checked = await recorded.check!(object, context);
      return { ...checked, failures: [...checked.failures, ...unheeded(object)] };
    },
    // Names are made from the URN, so that even a generated one is taken until the old object is gone.
    deleteBeforeReplace: collides,
    async create(inputs, context) {
      if (inputs["metadata"]?.name === undefined) {
        throw new Error("metadata.generateName needs the real provider; give metadata.name, or neither");
      }
      const { id } = await recorded.create(inputs, context);
      const manager = newManager();
      const { apiVersion, kind, metadata } = inputs as { apiVersion: string; kind: string; metadata: Values };
      await definitions.ensure({ apiVersion, kind, namespaced: metadata["namespace"] !== undefined });
      const takesOver = settings.upsert || isPatch(context);
      const made = await (takesOver ? apply(inputs, manager) : api.create(inputs, creator));
      return { id, ...(await settle(id, inputs, made, manager, context)) };
    },
    async update({ id, outputs }, news, context) {
      const manager = managerIn(outputs);
      const live = await api.get(news);
      if (!live)
        throw new Error(
          `${objectTitle(news)} is not there any more: pulumi refresh takes it out of the state`,
        );
      let made: Values;
      try {
        const patch = isPatch(context) ? [] : succession(live, manager);
        if (patch.length > 0) await api.patch(live, patch);
        made = await apply(news, manager);
      } catch (error) {
        // Recorded as wanted, and as not in order.
        throw new Unready((error as Error).message, { id, ...outcome(live, manager) });
      }
      return settle(id, news, made, manager, context);
    },
    async read({ inputs, outputs }) {
      const manager = managerIn(outputs);
      const object = plain(inputs) as Values;
      const live = await api.get(object);
      if (!live) return undefined;
      const wanted = await asIfApplied(object, manager);
      const found = drifted(inputs, live, wanted) as Values;
      return { inputs: found, ...outcome(live, manager) };
    },
    async delete({ inputs, outputs }, context) {
      const object = plain(inputs) as Values;
      const live = await api.get(object);
      if (!live) return;
      if (isPatch(context)) return giveUp(object, live, managerIn(outputs));
      if (live["metadata"].deletionTimestamp === undefined) await api.delete(object);
      await untilGone(api, live, limitOf(object, context));
    },
  };

  /** What would exist after applying once more. */
  async function asIfApplied(object: Values, manager: string): Promise<Values> {
    try {
      return await api.apply(object, { manager, force: true, dryRun: true });
    } catch (error) {
      // What cannot be applied over what exists differs from it.
      if (error instanceof ApiError && error.code === 422) return object;
      throw error;
    }
  }

  /** Applies nothing in the manager's name: what it alone had set goes away, the object stays. */
  async function giveUp({ apiVersion, kind }: Values, live: Values, manager: string): Promise<void> {
    if (!hasFieldsOf(live, manager)) return;
    // With the uid, an object that is deleted meanwhile is not made anew.
    const { name, namespace, uid } = live["metadata"] as Values;
    await api.apply({ apiVersion, kind, metadata: { name, namespace, uid } }, { manager });
  }
}

function managerIn(outputs: Values): string {
  return (outputs[managerOutput] as string | undefined) ?? newManager();
}

/** What is recorded of an object beyond its inputs. */
function outcome(live: Values, manager: string): OperationResult {
  const metadata = { ...(live["metadata"] as Values), managedFields: undefined };
  return { live: { ...live, metadata }, outputs: { [managerOutput]: manager } };
}
