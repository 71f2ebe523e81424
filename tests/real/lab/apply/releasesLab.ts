import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClusterConnection } from "../../../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import type { Host } from "../../../../cli/plan/providers/host.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { noteName } from "../../../../cli/state/helmRelease.js";
import { crds } from "../../../kit/charts.js";
import { killHelmAt } from "./killHelm.js";
import { binaries, endLab, fixture, hostOn, Resource, startLab } from "./lab.js";

export const namespace = "releases";

/** What a program says of a release of the fixture chart. */
export const wanted = (releaseName: string, values: Values = {}, more: Values = {}): Values => ({
  ...{ name: releaseName, namespace, chart: fixture, version: "1.0.0", values, atomic: true, timeout: 60 },
  ...more,
});

/** An API server that Helm installs releases into, for the tests of one suite. */
export class ReleasesLab {
  plane!: LabControlPlane;
  cluster!: ClusterConnection;
  host!: Host;
  /** Folder with the fixture chart's archive. */
  archives!: string;

  /** @param name Name of the lab. */
  static ofSuite(name: string): ReleasesLab {
    const lab = new ReleasesLab();
    before(async () => {
      lab.plane = await startLab(name);
      Object.assign(lab, await hostOn(lab.plane, { crds }));
      await lab.cluster.kubectl(["create", "namespace", namespace]);
      // What every namespace holds comes a moment later.
      for (const made of ["serviceaccount/default", "configmap/kube-root-ca.crt"]) {
        await lab.cluster.kubectl([
          ...["wait", "--for=create", made, "--namespace", namespace],
          "--timeout=30s",
        ]);
      }
      lab.archives = mkdtempSync(join(tmpdir(), "archives-"));
      execFileSync(binaries("helm"), ["package", fixture, "--destination", lab.archives], {
        stdio: "ignore",
      });
    });
    after(async () => {
      await endLab(name);
      if (lab.archives) rmSync(lab.archives, { recursive: true });
    });
    return lab;
  }

  release(name: string, on = this.host): Resource {
    return new Resource(on, "helm.sh/v3:Release", name);
  }

  helm(...args: string[]): string {
    const where = ["-n", namespace, "--kubeconfig", this.plane.paths.kubeconfig];
    return execFileSync(binaries("helm"), [...args, ...where], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  status(name: string): Values {
    return JSON.parse(this.helm("status", name, "-o", "json")) as Values;
  }

  /** The greeting that the release has put into its ConfigMap. */
  async greeting(name: string): Promise<string | undefined> {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace } };
    return (await this.cluster.api.get(object))?.["data"].greeting as string | undefined;
  }

  objects(): Promise<string> {
    return this.cluster.kubectl([
      ...["get", "all,configmaps,secrets,persistentvolumeclaims,serviceaccounts"],
      ...["--namespace", namespace, "--output=name"],
    ]);
  }

  /** Takes away what Helm has noted about a revision. */
  async forget(release: string, revision: number): Promise<void> {
    await this.cluster.kubectl([
      ...["delete", "secret", noteName(release, revision), "--namespace", namespace],
    ]);
  }

  killHelmAt(release: string, wantedStatus: "pending-install" | "pending-upgrade"): Promise<void> {
    return killHelmAt(this.cluster, { namespace, name: release }, wantedStatus);
  }
}
