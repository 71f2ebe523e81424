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

/** A namespace for objects that checks make, removed with all of them in the end. */
export class Scratch {
  private made: Promise<string> | undefined;

  constructor(private readonly api: Api) {}

  /** The namespace, which is made the first time somebody asks. */
  namespace(): Promise<string> {
    return (this.made ??= this.make());
  }

  private async make(): Promise<string> {
    const limit = Date.now() - leftoverMinutes * 60_000;
    for (const { metadata } of (await list(this.api, `${namespaces}?labelSelector=${label}`)) ?? []) {
      if (Date.parse(metadata.creationTimestamp!) < limit)
        await remove(this.api, `${namespaces}/${metadata.name}`);
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
    const path = `${namespaces}/${name}`;
    try {
      await remove(this.api, path);
      const isGone = async () => (await read(this.api, path)) === undefined;
      if (await answerOf(isGone, { seconds: secondsToVanish, pause: 250 })) return;
    } catch (error) {
      throw new UserError(
        `the namespace ${name} could not be removed (${(error as Error).message}); ` +
          `remove it: kubectl delete namespace ${name}`,
      );
    }
    throw new UserError(
      `the namespace ${name} is still there after ${secondsToVanish} s; see kubectl get namespace ${name} -o yaml`,
    );
  }
}
