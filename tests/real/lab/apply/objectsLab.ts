import assert from "node:assert/strict";
import type { ClusterConnection } from "../../../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import type { Host } from "../../../../cli/plan/providers/host.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { crds } from "../../../kit/charts.js";
import { endLab, hostOn, Resource, startLab } from "./lab.js";

export const namespace = "objects";

/** An API server that the stand-in applies objects to, for the tests of one suite. */
export class ObjectsLab {
  plane!: LabControlPlane;
  cluster!: ClusterConnection;
  host!: Host;

  /** @param name Name of the lab. */
  static ofSuite(name: string): ObjectsLab {
    const lab = new ObjectsLab();
    before(async () => {
      lab.plane = await startLab(name);
      Object.assign(lab, await hostOn(lab.plane, { crds }));
      await new Resource(lab.host, "core/v1:Namespace", "ns").create(
        named("v1", "Namespace", namespace, undefined),
      );
    });
    after(() => endLab(name));
    return lab;
  }

  resource(type: string, on = this.host): Resource {
    return new Resource(on, type, `r${Math.random().toString(36).slice(2)}`);
  }

  async live(object: Values): Promise<Values> {
    return (await this.cluster.api.get(object)) ?? assert.fail("there is no such object");
  }

  kubectl(...args: string[]): Promise<string> {
    return this.cluster.kubectl([...args, "--namespace", namespace]);
  }
}

/** Begins an object: what it is, and its name. */
export function named(
  apiVersion: string,
  kind: string,
  objectName: string,
  inNamespace: string | undefined = namespace,
) {
  const metadata = { name: objectName, ...(inNamespace && { namespace: inNamespace }) };
  return { apiVersion, kind, metadata: metadata as Values };
}
export const configMap = (objectName: string, data: Values, annotations?: Values): Values => {
  const { metadata, ...rest } = named("v1", "ConfigMap", objectName);
  return { ...rest, metadata: { ...metadata, ...(annotations && { annotations }) }, data };
};
/** A Deployment, on the node that there is unless another is named. */
export const deployment = (
  objectName: string,
  change: { node?: string; annotations?: Values; image?: string } = {},
) => {
  const { metadata, ...rest } = named("apps/v1", "Deployment", objectName);
  const labels = { app: objectName };
  return {
    ...rest,
    metadata: { ...metadata, annotations: change.annotations ?? {} },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { "kubernetes.io/hostname": change.node ?? "musashi" },
          tolerations: [{ operator: "Exists" }],
          containers: [
            {
              name: "main",
              image: change.image ?? "registry.k8s.io/pause:3.10",
              resources: { requests: { cpu: "1000m", memory: "1024Mi" } },
            },
          ],
        },
      },
    },
  };
};
