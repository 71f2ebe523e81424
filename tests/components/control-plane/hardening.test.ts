import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { format } from "prettier";
import { parse } from "yaml";
import { hardening, programFlags } from "../../../components/control-plane/hardening.js";
import { kubeadmFiles } from "../../../components/control-plane/kubeadmConfig.js";
import { hardeningPage } from "../../../stacks/hardeningPage.js";
import { oneNode } from "./cluster.js";
import { deviations } from "./deviations.js";
import { flagsOf, runKubeadm, tool } from "./kubeadm.js";

const items = hardening(oneNode);
const upTo = (prefix: string, last: number) =>
  Array.from({ length: last }, (_, index) => `${prefix}.${index + 1}`);

describe("hardening", () => {
  it("has every flag and kubelet check of the benchmark once, in its process", () => {
    const numbered = items.filter(({ id }) => /^\d/.test(id));
    const ids = (component: string) =>
      numbered.filter((item) => item.component === component).map(({ id }) => id);
    const sorted = (list: string[]) => list.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    assert.deepEqual(sorted(ids("apiserver")), [...upTo("1.2", 30), "3.2.1", "3.2.2"]);
    assert.deepEqual(sorted(ids("controllerManager")), upTo("1.3", 7));
    assert.deepEqual(sorted(ids("scheduler")), upTo("1.4", 2));
    assert.deepEqual(sorted(ids("etcd")), upTo("2", 7));
    assert.deepEqual(sorted(ids("kubelet")), upTo("4.2", 14));
    assert.deepEqual(ids("kubeProxy"), ["4.3.1"]);
  });

  it("names what goes beyond the benchmark, once per process", () => {
    const beyond = items.filter(({ id }) => !/^\d/.test(id)).map(({ component, id }) => `${component} ${id}`);
    assert.deepEqual(beyond, [
      "apiserver tls-min-version",
      "controllerManager tls-min-version",
      "scheduler tls-min-version",
      "kubelet tls-min-version",
      "kubelet protect-kernel-defaults",
    ]);
  });

  it("leaves out only these, each with a reason", () => {
    const leftOut = items.filter((item) => "leftOut" in item);
    assert.deepEqual(
      leftOut.map(({ component, id }) => `${component} ${id}`),
      [
        "apiserver 1.2.9",
        "apiserver 1.2.11",
        "apiserver 1.2.5",
        "kubelet 4.2.9",
        "kubelet 4.2.12",
        "kubelet protect-kernel-defaults",
      ],
    );
    for (const item of leftOut) assert.ok(item.leftOut.length > 60, item.id);
  });

  it("never wants two values of one flag", () => {
    const wanted = new Map<string, string>();
    for (const item of items) {
      if (!("flags" in item)) continue;
      for (const [flag, value] of Object.entries(item.flags)) {
        const at: string = `${item.component} ${flag}`;
        assert.equal(wanted.get(at) ?? value, value, `${item.id} ${at}`);
        wanted.set(at, value);
      }
    }
    assert.ok(wanted.size > 40);
  });

  it("is what docs/reference/hardening.md says", async () => {
    const page = readFileSync(new URL("../../../docs/reference/hardening.md", import.meta.url), "utf8");
    const wanted = await format(hardeningPage(page), { parser: "markdown", printWidth: 110 });
    assert.equal(page, wanted, "run npm run hardening-tables");
    const listed = [...page.matchAll(/^\| ([\w.-]+) +\|/gm)]
      .map(([, id]) => id!)
      .filter((id) => id !== "check");
    assert.deepEqual(listed.filter((id) => !/^-+$/.test(id)).sort(), items.map(({ id }) => id).sort());
  });

  it("does not set the flag that the authentication configuration excludes", () => {
    assert.ok(!("anonymous-auth" in programFlags(items, "apiserver")));
  });

  it("takes rotation and paths from its arguments", () => {
    const flags = programFlags(
      hardening({
        audit: { policyPath: "/a/p.yaml", maxAgeDays: 1, maxBackups: 2, maxSizeMB: 3 },
        encryptionConfigPath: "/e.yaml",
        authenticationConfigPath: "/n.yaml",
      }),
      "apiserver",
    );
    assert.equal(flags["audit-policy-file"], "/a/p.yaml");
    assert.equal(flags["audit-log-maxage"], "1");
    assert.equal(flags["audit-log-maxbackup"], "2");
    assert.equal(flags["audit-log-maxsize"], "3");
    assert.equal(flags["encryption-provider-config"], "/e.yaml");
    assert.equal(flags["authentication-config"], "/n.yaml");
  });

  const processes = {
    apiserver: "kube-apiserver",
    controllerManager: "kube-controller-manager",
    scheduler: "kube-scheduler",
  } as const;

  it("is what kubeadm makes of the configuration, item by item", function () {
    const kubeadm = tool(this, "kubeadm");
    const configuration = kubeadmFiles(oneNode)[0]!.content;
    const written = {
      ...runKubeadm(kubeadm, configuration, ["init", "phase", "control-plane", "all", "--dry-run"]),
      ...runKubeadm(kubeadm, configuration, ["init", "phase", "etcd", "local", "--dry-run"]),
    };
    const { config } = runKubeadm(kubeadm, configuration, ["init", "phase", "kubelet-start", "--dry-run"]);
    const kubeProxy = parse(configuration.split("---\n")[3]!) as object;
    const live = { ...processes, etcd: "etcd" } as Record<string, string>;
    const unmet = items.flatMap((item) => {
      const manifest = live[item.component];
      const flags = manifest ? flagsOf(written[manifest]!) : {};
      const fields = item.component === "kubeProxy" ? kubeProxy : (parse(config!) as object);
      return deviations(item, flags, fields).map((text) => `${item.component} ${item.id}: ${text}`);
    });
    assert.deepEqual(unmet, []);
  });

  for (const [component, program] of Object.entries(processes)) {
    it(`uses only flags that ${program} has`, function () {
      const help = execFileSync(tool(this, program), ["--help"], { encoding: "utf8" });
      const known = new Set([...help.matchAll(/^ +--([a-z0-9-]+)/gm)].map((match) => match[1]));
      const used = items
        .filter((item) => item.component === component)
        .flatMap((item) =>
          "flags" in item ? Object.keys(item.flags) : "never" in item ? Object.keys(item.never) : [],
        );
      assert.ok(used.length > 2);
      assert.deepEqual(
        used.filter((flag) => !known.has(flag)),
        [],
      );
    });
  }
});
