import { spawn } from "node:child_process";
import { openCluster, type ClusterConnection } from "../../../../cli/lab/apply/index.js";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import { crds } from "../../../kit/charts.js";
import { rawSettings } from "../../../stacks/settings/fixtures.js";
import { startControlPlane } from "../sealed-secrets/lab.js";
import { binaries, endLab } from "./lab.js";

/** An API server that the program asks before it registers anything. */
export class LivingLab {
  plane!: LabControlPlane;
  cluster!: ClusterConnection;

  /** @param name Name of the lab. */
  static ofSuite(name: string): LivingLab {
    const lab = new LivingLab();
    before(async () => {
      lab.plane = await startControlPlane(name);
      lab.cluster = await openCluster({ kubeconfig: lab.kubeconfig, kubectl: binaries("kubectl"), crds });
    });
    after(() => endLab(name));
    return lab;
  }

  get kubeconfig(): string {
    return this.plane.paths.kubeconfig;
  }
}

/** Runs the program as the engine does, without one behind it: it fails as soon as it registers anything. */
export function runProgram(set: Record<string, unknown>, env: Record<string, string>): Promise<string> {
  const config = Object.entries(rawSettings({ set })).map(([key, value]) => [
    `cluster-security:${key}`,
    JSON.stringify(value),
  ]);
  const child = spawn(process.execPath, ["--import", "tsx", "--eval", 'import("./stacks/index.ts")'], {
    cwd: projectFolder,
    env: {
      PATH: process.env["PATH"],
      PULUMI_NODEJS_PROJECT: "cluster-security",
      PULUMI_NODEJS_STACK: "home",
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)),
      PULUMI_NODEJS_DRY_RUN: "false",
      ...env,
    },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((resolve) => child.on("close", () => resolve(said)));
}
