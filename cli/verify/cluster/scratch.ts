import { setTimeout as sleep } from "node:timers/promises";
import { answerOf } from "../../kit/until.js";
import type { Api } from "../../../stacks/kubernetes/api.js";
import { create, list, read, remove, type KubeObject } from "./objects.js";
import { UserError } from "../../kit/userError.js";

/** Begins the names of the namespaces in which checks try things out. */
export const scratchPrefix = "cluster-security-verify-";

const namespaces = "/api/v1/namespaces";
const label = "app.kubernetes.io/managed-by=cluster-security-verify";
/** What is older was left behind by a run that was killed; a younger one may belong to a run that goes on elsewhere. */
const leftoverMinutes = 30;
const secondsToVanish = 60;
/** How long somebody who has typed Ctrl-C waits for a cluster that does not answer. */
const secondsOfPatience = 5;

/** A namespace for objects that checks make, removed with all of them in the end. */
export class Scratch {
  private made: Promise<string> | undefined;
  private isAbandoned = false;

  constructor(private readonly api: Api) {}

  /** The namespace, which is made the first time somebody asks. */
  namespace(): Promise<string> {
    // This process is about to end.
    if (this.isAbandoned) return new Promise(() => {});
    return (this.made ??= this.make());
  }

  private async make(): Promise<string> {
    const limit = Date.now() - leftoverMinutes * 60_000;
    for (const { metadata } of (await list(this.api, `${namespaces}?labelSelector=${label}`)) ?? []) {
      if (Date.parse(metadata.creationTimestamp!) < limit) await remove(this.api, pathOf(metadata.name));
    }
    const [key, value] = label.split("=") as [string, string];
    const { metadata } = await create<KubeObject>(this.api, namespaces, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { generateName: scratchPrefix, labels: { [key]: value } },
    });
    return metadata.name;
  }

  /**
   * Removes the namespace and waits until it is gone. Does nothing where none was made.
   *
   * @throws UserError that says how to remove it by hand.
   */
  async remove(): Promise<void> {
    const name = await this.made?.catch(() => undefined);
    if (name === undefined) return;
    this.made = undefined;
    await orByHand(name, async () => {
      await remove(this.api, pathOf(name));
      const isGone = async () => (await read(this.api, pathOf(name))) === undefined;
      if (await answerOf(isGone, { seconds: secondsToVanish, pause: 250 })) return;
      throw new UserError(
        `the namespace ${name} is still there after ${secondsToVanish} s; see kubectl get namespace ${name} -o yaml`,
      );
    });
  }

  /**
   * Asks the cluster to remove the namespace, on a signal: what goes on until this process has ended gets none any more.
   *
   * @throws UserError that says how to remove it by hand.
   */
  async abandon(seconds = secondsOfPatience): Promise<void> {
    this.isAbandoned = true;
    const removal = this.made?.then(
      (name) => orByHand(name, () => remove(this.api, pathOf(name))),
      () => {},
    );
    const late = sleep(seconds * 1000, undefined, { ref: false }).then(() => {
      throw new UserError(
        `the cluster does not answer, so a namespace ${scratchPrefix}… may be left; ` +
          `remove it: kubectl delete namespace --selector ${label}`,
      );
    });
    await Promise.race([removal, late]);
  }
}

const pathOf = (name: string): string => `${namespaces}/${name}`;

async function orByHand(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `the namespace ${name} could not be removed (${(error as Error).message}); ` +
        `remove it: kubectl delete namespace ${name}`,
    );
  }
}
