import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { kubeadmFiles } from "../../../components/control-plane/kubeadmConfig.js";
import { builtTool } from "../../../cli/kit/toolchain/tool.js";
import { kubeadmViolations } from "../../../cli/plan/kubeadmConfigs.js";
import { oneNode } from "../../components/control-plane/cluster.js";
import { runCommand } from "../../kit/runCommand.js";
import { have } from "./project.js";
import { folderOfTest } from "../../kit/folder.js";

const type = "cluster-security:control-plane:KubeadmConfig";
const urn = `urn:pulumi:s::p::${type}::kubeadm`;

/** The engine's account of the configuration of one node, with a part of it changed. */
function planned(change: (content: string) => string = (content) => content): EngineEvent[] {
  const files = kubeadmFiles(oneNode).map((file) => ({ ...file, content: change(file.content) }));
  const metadata = { op: "create", urn, type, new: { outputs: { files } } };
  return [{ resOutputsEvent: { metadata } } as unknown as EngineEvent];
}

describe("the plan's kubeadm configurations", () => {
  const folder = folderOfTest();
  before(async function () {
    await have(this, "kubeadm");
    await have(this, "pulumi");
  });

  it("are no violations where kubeadm takes them", async () => {
    assert.deepEqual(await kubeadmViolations(planned(), folder()), { violations: [], notes: [] });
  });

  it("are violations with kubeadm's reason where it refuses them", async () => {
    const cases: [change: (content: string) => string, message: string][] = [
      [
        (content) => content.replace("podSubnet: 10.244.0.0/16", "podSubnet: 10.244.0.0/28"),
        'kubeadm refuses musashi: networking.podSubnet: Invalid value: "10.244.0.0/28": the size of pod subnet with mask 28 is smaller than the size of node subnet with mask 24',
      ],
      [
        (content) => content.replace("podSubnet:", "podSubnets:"),
        'kubeadm refuses musashi: error unmarshaling configuration schema.GroupVersionKind{Group:"kubeadm.k8s.io", Version:"v1beta4", Kind:"ClusterConfiguration"}: strict decoding error: unknown field "networking.podSubnets"',
      ],
    ];
    for (const [change, message] of cases) {
      assert.deepEqual(await kubeadmViolations(planned(change), folder()), {
        violations: [{ policy: "kubeadm", urn, message }],
        notes: [],
      });
    }
  });

  it("are not waited for: without kubeadm, a note says so", async () => {
    const elsewhere = () => builtTool("kubeadm", { folder: "/nonexistent", path: "" });
    assert.deepEqual(await kubeadmViolations(planned(), folder(), elsewhere), {
      violations: [],
      notes: [
        "kubeadm's configuration was not judged by kubeadm itself; npm run tools fetches or builds it.",
      ],
    });
  });

  it("fail the plan of a stack", async () => {
    // Stands in for a kubeadm that refuses: nothing that the settings take is refused by the real one.
    const refusing = [
      "#!/bin/sh",
      '[ "$1" = version ] && exec KUBEADM "$@"',
      "echo error: no such luck >&2",
      "exit 1",
      "",
    ];
    const real = (await builtTool("kubeadm"))!;
    writeFileSync(folder("kubeadm"), refusing.join("\n").replace("KUBEADM", real), { mode: 0o755 });
    const env = { PATH: [folder(), process.env["PATH"]].join(delimiter) };
    const { status, stdout } = await runCommand(["plan", "--stack", "musashi"], { env });
    assert.equal(status, 1);
    assert.match(stdout, /\n {4}kubeadm refuses musashi: no such luck\n/);
    assert.match(stdout, /, 1 violations\n/);
  });
});
