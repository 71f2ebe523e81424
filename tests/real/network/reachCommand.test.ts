import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { runCommand } from "../../kit/runCommand.js";
import { have, Project } from "../plan/project.js";

const reach = (...args: string[]) => runCommand(["reach", ...args]);

describe("npm run reach", () => {
  before(async function () {
    await have(this, "pulumi");
    await have(this, "netpol-analyzer");
  });

  it("shows what one application of musashi reaches, and that audit enforces nothing yet", async () => {
    const { status, stdout, stderr } = await reach("--from", "backstage");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^AUDIT: network\.enforcement is audit, so Cilium enforces no policy at all/);
    const lines = stdout.split("\n");
    assert.ok(lines.includes("  backstage  postgres/instance     5432"), stdout);
    assert.ok(
      lines.includes("  backstage  api.github.com        443                 backstage/all-pods"),
      stdout,
    );
    assert.doesNotMatch(stdout, /harbor|n8n/);
  });

  it("prints the same for machines", async () => {
    const { status, stdout, stderr } = await reach("--stack", "musashi", "--format", "json", "--from", "n8n");
    assert.equal(status, 0, stderr);
    const { enforcement, source, open, connections } = JSON.parse(stdout);
    assert.deepEqual([enforcement, source, open], ["audit", "n8n", { out: [], in: [] }]);
    assert.deepEqual(connections, [
      { from: "n8n", to: "internet", ports: ["80", "443"] },
      { from: "n8n", to: "kube-system/kube-dns", ports: ["53", "53/UDP"] },
    ]);
  });

  it("says which pods there are", async () => {
    const { status, stdout, stderr } = await reach("--from", "backstaje");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /--from backstaje: unknown pods; known: backstage, cert-manager, .*harbor\/core/);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });
});

describe("plan --base of a change of policies", () => {
  let project: Project;
  before(async function () {
    await have(this, "pulumi");
    await have(this, "netpol-analyzer");
    project = new Project();
  });
  after(() => project.remove());

  /** The fixture's program with two isolated namespaces, of which one may reach the other at that port. */
  function program(port: number): void {
    const file = join(project.root, "stacks", "clusterSecurity.ts");
    const text = readFileSync(
      join(projectFolder, "tests", "real", "plan", "fixtures", "project", "stacks", "clusterSecurity.ts"),
      "utf8",
    );
    const policy = (namespace: string, rules: string) =>
      `new NetworkPolicy("${namespace}", { metadata: { name: "all", namespace: "${namespace}" }, spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ${rules} } }, { parent: namespaces });`;
    const peer = (namespace: string) =>
      `[{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "${namespace}" } } }]`;
    const ports = `ports: [{ port: ${port}, protocol: "TCP" }]`;
    const start = "  const secrets = new Group(";
    assert.ok(text.includes(start));
    writeFileSync(
      file,
      `import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";\n${text.replace(
        start,
        `  ${policy("backstage", `egress: [{ to: ${peer("n8n")}, ${ports} }]`)}
  ${policy("n8n", `ingress: [{ from: ${peer("backstage")}, ${ports} }]`)}
${start}`,
      )}`,
    );
  }

  it("says what it opens and closes", async function () {
    this.timeout(300_000);
    program(5678);
    project.commit();
    const same = await project.plan("--base", "HEAD");
    assert.equal(same.status, 0, same.stderr);
    assert.doesNotMatch(same.stdout, /Who can reach whom/);

    program(5679);
    const { status, stdout, stderr } = await project.plan("--base", "HEAD");
    assert.equal(status, 0, stderr);
    assert.ok(
      stdout.includes(
        "\nWho can reach whom:\n  closes backstage -> n8n:5678\n  opens backstage -> n8n:5679\n\n",
      ),
      stdout,
    );
  });
});
