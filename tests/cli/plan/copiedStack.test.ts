import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copiedNotes } from "../../../cli/plan/copiedStack.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";

describe("a copied stack file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "copied-"));
    for (const stack of ["musashi", "lab"]) {
      const text = readFileSync(join(projectFolder, file(stack)), "utf8");
      writeFileSync(join(folder, file(stack)), ofTenancy(text, `ocid1.tenancy.oc1..${stack}`));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const ofTenancy = (text: string, id: string) => text.replace(/tenancyId: .*/, `tenancyId: ${id}`);
  const meant =
    " Look whether these are meant as well: certificates.zone, certificates.acme.email, access.argocd.applications[].repository, access.argocd.applications[].path, access.admission.registries, access.privileged[].namespace, access.privileged[].namespaces, backups.jobs.host.paths.";
  const file = (stack: string) => `Pulumi.${stack}.yaml`;
  const copy = (stack: string, change = (text: string) => text) =>
    writeFileSync(join(folder, file(stack)), change(readFileSync(join(folder, file("musashi")), "utf8")));

  it("is noticed by the cluster, the node and the bucket of the other", () => {
    copy("tokyo");
    assert.deepEqual(copiedNotes(folder, "tokyo"), [
      "Pulumi.tokyo.yaml has cluster.name, a node, the bucket of Pulumi.musashi.yaml: both stacks would change the same; a copied file needs values of its own." +
        meant,
    ]);
  });

  it("is asked about what it has brought along, until that is changed or taken out", () => {
    copy("tokyo", (text) =>
      text
        .replace("igfurlan/backstage-gitops.git", "igfurlan/tokyo-gitops.git")
        .replace("overlays/production", "overlays/tokyo")
        .replace("paths: [/home/ifurlan, /etc]", "paths: [/srv]")
        .replace("admin@kubefurlan.com", "admin@tokyo.example.com"),
    );
    const [note] = copiedNotes(folder, "tokyo");
    assert.match(
      note!,
      / meant as well: certificates\.zone, access\.admission\.registries, access\.privileged\[\]\.namespace, access\.privileged\[\]\.namespaces\.$/,
    );
  });

  it("is not noticed by a tenancy that is still to come", () => {
    copy("tokyo", (text) => ofTenancy(text, "replace-with-tenancy-ocid"));
    copyFileSync(join(folder, file("tokyo")), join(folder, file("musashi")));
    assert.match(copiedNotes(folder, "tokyo").join(), / has cluster\.name, a node of Pulumi\.musashi\.yaml:/);
  });

  it("is noticed until each of them is changed", () => {
    const changes: [from: string | RegExp, to: string][] = [
      ["    name: musashi\n", "    name: tokyo\n"],
      ["192.168.1.133", "192.168.2.133"],
      ["bucket: homelab-backups", "bucket: tokyo-backups"],
    ];
    copy("tokyo", (text) => changes.slice(0, 2).reduce((all, [from, to]) => all.replace(from, to), text));
    assert.match(
      copiedNotes(folder, "tokyo").join(),
      /^Pulumi\.tokyo\.yaml has the bucket of Pulumi\.musashi\.yaml:/,
    );
    copy("tokyo", (text) => changes.reduce((all, [from, to]) => all.replace(from, to), text));
    assert.deepEqual(copiedNotes(folder, "tokyo"), []);
  });

  it("is noticed by a bucket that one names and the other has by default, and not by one of another region", () => {
    const named = "    bucket: homelab-backups\n";
    const own = (text: string) =>
      text.replace("    name: musashi\n", "    name: tokyo\n").replace("- name: musashi", "- name: tokyo");
    copy("tokyo", (text) => own(text).replace(named, ""));
    assert.match(copiedNotes(folder, "tokyo").join(), /has the bucket of Pulumi\.musashi\.yaml:/);
    copy("tokyo", (text) => own(text).replace(/region: \S+/, "region: ap-tokyo-1"));
    assert.deepEqual(copiedNotes(folder, "tokyo"), []);
  });

  const names = [
    ["registry.hostname", "  cluster-security:registry: { hostname: harbor.kubefurlan.com }\n"],
    [
      "gateway.hosts[].name",
      "  cluster-security:gateway: { hosts: [{ name: shop.kubefurlan.com, namespace: shop }] }\n",
    ],
  ] as const;
  for (const [what, line] of names)
    it(`is noticed by ${what}, when the rest is its own`, () => {
      const settings = (name: string, more: string) =>
        `config:\n  cluster-security:cluster: { name: ${name} }\n${more}`;
      writeFileSync(join(folder, file("musashi")), settings("musashi", line));
      writeFileSync(join(folder, file("tokyo")), settings("tokyo", line));
      assert.match(copiedNotes(folder, "tokyo").join(), /^Pulumi\.tokyo\.yaml has /);
      writeFileSync(join(folder, file("tokyo")), settings("tokyo", line.replace("kubefurlan", "tokyo")));
      assert.deepEqual(copiedNotes(folder, "tokyo"), []);
    });

  it("is neither one that cannot be read nor one that Git leaves out", () => {
    copy("mine.local");
    writeFileSync(join(folder, file("broken")), "config: [");
    for (const stack of ["musashi", "lab", "mine.local", "broken"])
      assert.deepEqual(copiedNotes(folder, stack), []);
  });
});
