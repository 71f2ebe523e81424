import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { secretsAtRest } from "../../../../cli/verify/claims/secretsAtRest.js";
import { filesHolding } from "../../../../cli/verify/cluster/fileSearch.js";
import { Etcd } from "../../../../cli/verify/cluster/etcd.js";
import { create, list, read } from "../../../../cli/verify/cluster/objects.js";
import type { Target } from "../../../../cli/verify/cluster/target.js";
import { binaries, Lab, nodeFilesOf, settingsWith, withApiServerFlags, withContent } from "./lab.js";

const keys = (...names: [name: string, provider: string][]) => ({
  "controlPlane.encryption.keys": names.map(([name, provider]) => ({ name, provider })),
});
const secretbox = settingsWith(keys(["key1", "secretbox"]));
const migrating = settingsWith({
  ...keys(["key1", "secretbox"]),
  "controlPlane.encryption.identityFallback": true,
});
const page = settingsWith(keys(["key2", "aescbc"], ["key1", "secretbox"]));

const [configuration, written, directory, readBack, everySecret, strangers] = secretsAtRest.claims.map(
  ({ claim }) => claim,
) as [string, string, string, string, string, string];
const needle = "in-plain-since-the-beginning";

describe("secrets at rest", function () {
  let lab: Lab;
  const statuses = async (settings: typeof secretbox) => {
    const findings = await lab.findings(secretsAtRest, settings);
    return { findings, statuses: Object.values(findings).map(({ status }) => status) };
  };
  const oldSecret = "/api/v1/namespaces/default/secrets/old";

  before(async () => {
    lab = await Lab.of("at-rest");
  });
  after(() => lab.stop());

  it("fails where the API server encrypts nothing", async () => {
    const started = await lab.apply(
      withApiServerFlags(await nodeFilesOf(secretbox), {
        "encryption-provider-config": undefined,
        "encryption-provider-config-automatic-reload": undefined,
      }),
    );
    assert.deepEqual(started, ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]);
    const { api } = await lab.target(secretbox);
    await create(api, "/api/v1/namespaces/default/secrets", {
      metadata: { name: "old" },
      stringData: { needle },
    });

    const { findings, statuses: found } = await statuses(secretbox);
    assert.deepEqual(found, ["failed", "failed", "failed", "proved", "failed", "proved"]);
    assert.match(
      findings[configuration]!.evidence,
      /no --encryption-provider-config: Secrets are stored in plain/,
    );
    assert.match(findings[written]!.evidence, /holds the Secret's value in plain; it begins with k8s·/);
    assert.match(findings[directory]!.evidence, /^the value is in plain in .*\/var\/lib\/etcd\/member\//);
    assert.match(findings[everySecret]!.evidence, /of \d+ are stored in plain: .*default\/old/);
  });

  it("fails on what was written before encryption, until it is rewritten", async () => {
    assert.deepEqual(await lab.apply(await nodeFilesOf(migrating)), ["kube-apiserver"]);
    const before = await statuses(migrating);
    assert.deepEqual(before.statuses, ["proved", "proved", "proved", "proved", "failed", "proved"]);
    assert.match(before.findings[everySecret]!.evidence, /stored in plain: default\/old; rewrite them/);

    const { api } = await lab.target(migrating);
    for (const { metadata } of (await list(api, "/api/v1/secrets", true))!) {
      const path = `/api/v1/namespaces/${metadata.namespace}/secrets/${metadata.name}`;
      const { status } = await api.request({ method: "PUT", path, body: await read<object>(api, path) });
      assert.equal(status, 200);
    }
    assert.deepEqual((await statuses(migrating)).findings[everySecret]!.status, "proved");
  });

  it("proves it without the fallback, and the old Secret is still there", async () => {
    // The file is read again while the API server runs, within a minute; a restart is quicker.
    assert.deepEqual(await lab.apply(await nodeFilesOf(secretbox)), []);
    await lab.restartApiServer();
    const { findings, statuses: found } = await statuses(secretbox);
    assert.deepEqual([...new Set(found)], ["proved"]);
    assert.match(findings[written]!.evidence, /begins with k8s:enc:secretbox:v1:key1:$/);
    assert.match(findings[readBack]!.evidence, /gives back what was written/);
    assert.match(findings[strangers]!.evidence, /nobody without one$/);
    const { api } = await lab.target(secretbox);
    const old = await read<{ data: { needle: string } }>(api, oldSecret);
    assert.equal(atob(old!.data.needle), needle);
  });

  it("reads the very bytes that etcdctl reads", async () => {
    const { node, etcdEndpoint } = await lab.target(secretbox);
    const flags = node!.flags("kube-apiserver")!;
    const key = "/registry/secrets/default/old";
    const viaGateway = await new Etcd(node!, flags, etcdEndpoint).get(key);
    const viaEtcdctl = execFileSync(binaries("etcdctl"), [
      `--endpoints=${etcdEndpoint}`,
      `--cacert=${flags["etcd-cafile"]}`,
      `--cert=${flags["etcd-certfile"]}`,
      `--key=${flags["etcd-keyfile"]}`,
      "get",
      key,
      "--print-value-only",
    ]);
    assert.deepEqual(viaGateway, viaEtcdctl.subarray(0, -1), "all but the line break etcdctl adds");
    assert.ok(viaGateway.toString("latin1").startsWith("k8s:enc:secretbox:v1:key1:"));
  });

  it("lists every key under a prefix, over several pages", async () => {
    const { api, node, etcdEndpoint } = await lab.target(secretbox);
    const names = Array.from({ length: 120 }, (_, index) => `many-${String(index).padStart(3, "0")}`);
    for (const name of names) {
      await create(api, "/api/v1/namespaces/default/configmaps", { metadata: { name } });
    }
    const found: string[] = [];
    const etcd = new Etcd(node!, node!.flags("kube-apiserver")!, etcdEndpoint);
    for await (const { key } of etcd.prefix("/registry/configmaps/default/")) found.push(key);
    assert.deepEqual(
      found.filter((key) => key.includes("/many-")),
      names.map((name) => `/registry/configmaps/default/${name}`),
    );
  });

  it("proves the page's provider, and names what an older key still holds", async () => {
    assert.deepEqual(await lab.apply(await nodeFilesOf(page)), []);
    await lab.restartApiServer();
    const { findings, statuses: found } = await statuses(page);
    assert.deepEqual([...new Set(found)], ["proved"]);
    assert.match(findings[configuration]!.evidence, /by which Secrets begin with k8s:enc:aescbc:v1:key2:$/);
    assert.match(findings[written]!.evidence, /begins with k8s:enc:aescbc:v1:key2:$/);
    assert.match(findings[everySecret]!.evidence, /with an older key: .*default\/old/);
  });

  it("fails where the first provider is none, whatever the flag says", async () => {
    const files = withContent(await nodeFilesOf(page), /enc\.yaml$/, (content) =>
      content.replace("    providers:\n", "    providers:\n      - identity: {}\n"),
    );
    assert.deepEqual(await lab.apply(files), []);
    await lab.restartApiServer();
    const { findings, statuses: found } = await statuses(page);
    assert.deepEqual(found, ["failed", "failed", "failed", "proved", "failed", "proved"]);
    assert.match(
      findings[configuration]!.evidence,
      /enc\.yaml has Secrets written by identity, not as k8s:enc:aescbc/,
    );
  });

  it("does not take silence of the wrong folder for a proof", async () => {
    const target = await lab.target(page);
    const elsewhere: Target = {
      ...target,
      node: Object.assign(Object.create(target.node!) as NonNullable<Target["node"]>, {
        flags: (component: "etcd" | "kube-apiserver") => ({
          ...target.node!.flags(component),
          ...(component === "etcd" ? { "data-dir": join(target.node!.root, "etc/kubernetes/pki") } : {}),
        }),
      }),
    };
    const finding = await secretsAtRest.claims.find(({ claim }) => claim === directory)!.check(elsewhere);
    await target.scratch.remove();
    assert.equal(finding.status, "unchecked");
    assert.match(
      finding.evidence,
      /^could not be checked: \S+ does not even hold the key \/registry\/secrets\//,
    );
  });

  it("says what it needs where there is no node", async () => {
    const findings = await lab.findings(secretsAtRest, page, { nodeRoot: undefined });
    assert.deepEqual(
      Object.values(findings).map(({ status }) => status),
      Array(6).fill("unchecked"),
    );
    for (const { evidence } of Object.values(findings)) assert.match(evidence, /--node-root \//);
  });

  it("leaves nothing behind", async () => {
    const { api } = await lab.target(page);
    const namespaces = (await list(api, "/api/v1/namespaces"))!.map(({ metadata }) => metadata.name);
    assert.deepEqual(namespaces.sort(), ["default", "kube-node-lease", "kube-public", "kube-system"]);
    assert.ok(
      filesHolding(lab.plane.paths.node, [Buffer.from(needle)]).length > 0,
      "the search finds what is there",
    );
  });
});
