import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { encryptionConfigPath } from "../../../../components/control-plane/encryptionAtRest.js";
import { hardening, type HardeningItem } from "../../../../components/control-plane/hardening.js";
import type { HardenedComponent } from "../../../../components/control-plane/hardening/measure.js";
import { deviations } from "../../../components/control-plane/deviations.js";
import { flagsOf } from "../../../../cli/verify/cluster/node.js";
import { Lab, nodeFilesOf, settingsWith } from "./lab.js";

const processes: Partial<Record<HardenedComponent, string>> = {
  apiserver: "kube-apiserver",
  controllerManager: "kube-controller-manager",
  scheduler: "kube-scheduler",
  etcd: "etcd",
};

describe("the processes of a control plane that runs", function () {
  this.timeout(600_000);
  const settings = settingsWith();
  let lab: Lab;
  let items: HardeningItem[];

  before(async () => {
    lab = await Lab.of("hardening");
    const files = await nodeFilesOf(settings);
    await lab.apply(files);
    const path = (folder: string) =>
      files.find((file) => file.path.startsWith(`/etc/kubernetes/${folder}/`))!.path;
    items = hardening({
      audit: { ...settings.controlPlane.audit, policyPath: path("audit") },
      authenticationConfigPath: path("authentication"),
      encryptionConfigPath,
    });
  });
  after(() => lab?.stop());

  /** Flags of the live process, with the node's paths: its root is a folder of this machine. */
  function liveFlags(program: string): Record<string, string> {
    const { node, processes } = lab.plane.paths;
    const { pid } = JSON.parse(readFileSync(join(processes, `${program}.json`), "utf8")) as { pid: number };
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
    assert.ok(command[0]!.endsWith(`/${program}`), command[0]);
    const flags = flagsOf(command.map((argument) => argument.replaceAll(node, "")));
    return Object.fromEntries(
      Object.entries(flags).map(([flag, values]) => [flag, [values].flat().join(",")]),
    );
  }

  for (const [component, program] of Object.entries(processes)) {
    it(`${program} has every flag of the hardening, and none that it forbids`, () => {
      const flags = liveFlags(program);
      const own = items.filter((item) => item.component === component);
      assert.ok(own.length > 2);
      assert.deepEqual(
        own.flatMap((item) => deviations(item, flags, {}).map((text) => `${item.id}: ${text}`)),
        [],
      );
    });
  }
});
