import type { KubeApi } from "../../../../stacks/kubernetes/api.js";
import { ObjectApi } from "../../../../cli/lab/apply/objectApi.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import type { Lab } from "../verify/lab.js";

/** What the API server answers to an object that it is not to keep. */
export interface Tried {
  admitted: boolean;
  /** Its warnings, each after `Warning: `, and the reason and the text of its refusal. */
  said: string;
}

/** Somebody whom the administrator acts as. */
export interface Requester {
  user: string;
  group?: string;
}

/** Asks an API server whether it would create objects. A kubectl for each would take ten times as long. */
export class Trials {
  private connected?: Promise<{ served: ObjectApi; api: KubeApi }>;

  /** @param lab Asked for with the first object, because a suite starts its lab later. */
  constructor(private readonly lab: () => Lab) {}

  readonly tried = async (object: Values, as?: Requester): Promise<Tried> => {
    const { served, api } = await (this.connected ??= this.connect());
    const { apiVersion, kind, metadata } = object;
    const found = await served.kindOf(object);
    if (!found) return { admitted: false, said: `${kind} of ${apiVersion} is not served` };
    const root = apiVersion.includes("/") ? "/apis" : "/api";
    const folder = found.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
    const { status, body, warnings } = await api.request({
      method: "POST",
      path: `${root}/${apiVersion}${folder}/${found.name}?dryRun=All&fieldValidation=Strict`,
      body: object,
      headers: {
        ...(as && { "Impersonate-User": as.user }),
        ...(as?.group && { "Impersonate-Group": as.group }),
      },
    });
    const admitted = status === 201;
    const { reason, message } = JSON.parse(body) as { reason?: string; message?: string };
    const lines = warnings.map((warning) => `Warning: ${warning}`);
    return { admitted, said: [...lines, ...(admitted ? [] : [`${reason}: ${message}`])].join("\n") };
  };

  private async connect(): Promise<{ served: ObjectApi; api: KubeApi }> {
    const lab = this.lab();
    const served = await ObjectApi.connect(lab.plane.paths.kubeconfig);
    return { served, api: await lab.kubeconfigUser("super-admin") };
  }
}
