import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import type { LivingCluster } from "../../../../stacks/livingCluster.js";
import { livingProblem } from "../../../../stacks/livingSecrets.js";
import { parseSettings } from "../../../../stacks/settings/index.js";
import { keyPair } from "../../../components/secrets/keyPairs.js";
import { valueOf } from "../../../kit/capture.js";
import { rawSettings } from "../../../stacks/settings/fixtures.js";
import { runProgram, type LivingLab } from "./livingLab.js";
import { data, needle, settings, waysToMake } from "./livingSecretsData.js";

const older = keyPair("2024-02-01T08:00:00Z");
const newer = keyPair("2025-03-01T09:30:00Z");

/** The living values of what guards data. */
export function secretTests(lab: LivingLab): void {
  // The namespaces stay: the API server takes five seconds to begin with the deletion of one.
  afterEach(async () => {
    for (const name of ["velero", "harbor"])
      await kubectl("delete", "secrets", "--all", `--namespace=${name}`);
  });

  const kubectl = (...args: string[]) => lab.cluster.kubectl(args);
  const demandNamespace = (name: string) =>
    lab.cluster.api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { manager: "test" });
  const send = (object: object, ...args: string[]) =>
    lab.cluster.kubectl([...args, "--filename=-"], { input: JSON.stringify(object) });

  const problemOf = (values: Record<string, unknown>, on: LivingCluster = {}) =>
    livingProblem(decrypted({ ...settings, ...values }).guarded, "home", {
      kubeconfig: lab.kubeconfig,
      ...on,
    });
  const decrypted = (set: Record<string, unknown>) =>
    parseSettings(rawSettings({ set }), "home", { secrets: "decrypted" });
  const repositoryPassword = (value: string) => ({ "backups.velero.repositoryPassword": value });

  it("may be anything where there are none yet", async () => {
    assert.equal(await problemOf(repositoryPassword("a-new-password")), undefined);
    await demandNamespace("velero");
    assert.equal(await problemOf(repositoryPassword("a-new-password")), undefined);
  });

  const ways = waysToMake(kubectl, send);
  for (const [title, make] of Object.entries(ways)) {
    it(`stop another one where they are made by ${title}`, async () => {
      await demandNamespace("velero");
      await make();
      const before = await lab.cluster.api.get(data);
      assert.equal(
        await problemOf(repositoryPassword("a-slip-of-the-pen")),
        `Values are given that are not those of the cluster; nothing was changed:
  backups.velero.repositoryPassword: this is not the password of Velero's Kopia repositories that the cluster has, in Secret velero/velero-repo-credentials (repository-password).
      read it: kubectl -n velero get secret velero-repo-credentials -o go-template='{{index .data "repository-password" | base64decode}}'
      give it: pulumi config set --stack home --secret --path 'cluster-security:backups.velero.repositoryPassword'`,
      );
      assert.deepEqual(await lab.cluster.api.get(data), before);
      assert.equal(await problemOf(repositoryPassword(needle)), undefined);
    });
  }

  it("are this program's where it has them, else those of Harbor's chart", async () => {
    await demandNamespace("harbor");
    const create = (secretName: string, ...literals: string[]) =>
      kubectl("create", "secret", "generic", secretName, "--namespace=harbor", ...literals);
    await create("harbor-core", "--from-literal=secretKey=of-the-chart-key");
    await create("harbor-database", "--from-literal=POSTGRES_PASSWORD=of-the-chart");
    const given = {
      ...repositoryPassword("a-new-password"),
      "registry.enabled": true,
      "registry.adminPassword": "Admin-of-Harbor-1",
      "registry.secretKey": "0123456789abcdef",
      "registry.databasePassword": "of-the-chart",
    };
    assert.match(
      (await problemOf(given))!,
      /:\n {2}registry\.secretKey: .* Secret harbor\/harbor-core \(secretKey\)\.\n/,
    );
    assert.equal(await problemOf({ ...given, "registry.secretKey": "of-the-chart-key" }), undefined);

    await create("harbor-credentials-secret-key", "--from-literal=secretKey=0123456789abcdef");
    await create("harbor-credentials-database", "--from-literal=password=of-the-program");
    assert.match(
      (await problemOf(given))!,
      /:\n {2}registry\.databasePassword: .* Secret harbor\/harbor-credentials-database \(password\)\.\n/,
    );
    assert.equal(await problemOf({ ...given, "registry.databasePassword": "of-the-program" }), undefined);
  });

  it("are taken byte for byte where a key in PEM form only ends differently", async () => {
    const { certificate, privateKey } = older;
    await kubectl(
      ...["create", "secret", "generic", "sealed-secrets-key-old", "--namespace=kube-system"],
      ...[`--from-literal=tls.crt=${certificate}`, `--from-literal=tls.key=${privateKey.trimEnd()}`],
    );
    try {
      const key = { name: "old", certificate: certificate.trimEnd(), privateKey };
      const keysOf = async (change: Partial<typeof key>) => {
        const keys = [{ ...key, ...change }];
        const parsed = decrypted({ ...settings, "secrets.sealingKeys": keys });
        const problem = await livingProblem(parsed.guarded, "home", { kubeconfig: lab.kubeconfig });
        const [given] = parsed.settings.secrets.sealingKeys;
        return { problem, certificate: given!.certificate, privateKey: await valueOf(given!.privateKey!) };
      };
      assert.deepEqual(await keysOf({}), {
        problem: undefined,
        certificate,
        privateKey: privateKey.trimEnd(),
      });
      assert.match(
        (await keysOf({ certificate: newer.certificate })).problem!,
        /^ {2}secrets\.sealingKeys\[0\]\.certificate: this is not the certificate of sealing key old that the cluster has, in Secret kube-system\/sealed-secrets-key-old \(tls\.crt\)\.\n.*\n {6}give it: pulumi config set --stack home --path 'cluster-security:secrets\.sealingKeys\[0\]\.certificate' < FILE$/m,
      );
    } finally {
      await kubectl("delete", "secret", "sealed-secrets-key-old", "--namespace=kube-system");
    }
  });

  it("are not waited for, nor is a connection left open, where an API server says nothing", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const module = new URL("../../../../stacks/livingSecrets.ts", import.meta.url).href;
    const kubeconfig = {
      ...{ apiVersion: "v1", kind: "Config", "current-context": "silent" },
      clusters: [{ name: "silent", cluster: { server: `https://127.0.0.1:${port}` } }],
      contexts: [{ name: "silent", context: { cluster: "silent", user: "silent" } }],
      users: [{ name: "silent", user: {} }],
    };
    const script = `const { secretReader } = await import(${JSON.stringify(module)});
      const read = await secretReader({ seconds: 1 });
      await read("velero", "velero-repo-credentials").catch(({ message }) => console.log(message));`;
    try {
      // It ends by itself, or this waits until the test's time is over.
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["--import", "tsx", "--input-type=module", "--eval", script],
        { cwd: projectFolder, env: { ...process.env, KUBECONFIG: `${JSON.stringify(kubeconfig)}\n` } },
      );
      assert.equal(stdout, "no answer within 1 s\n");
    } finally {
      server.close();
    }
  });

  it("are not known where they cannot be read, and say why", async () => {
    const refusal =
      "Whether the given values are those of the cluster is not known, so pulumi up changes nothing: ";
    const given = repositoryPassword("a-new-password");
    const folder = mkdtempSync(join(tmpdir(), "living-secrets-"));
    try {
      const config = parse(readFileSync(lab.kubeconfig, "utf8")) as {
        clusters: { cluster: { server: string } }[];
        users: { user: object }[];
      };
      const other = (change: () => void) => {
        change();
        const file = join(folder, "kubeconfig");
        writeFileSync(file, stringify(config));
        return { kubeconfig: file };
      };
      await kubectl("create", "serviceaccount", "nobody");
      const token = (await kubectl("create", "token", "nobody")).trim();
      await assert.rejects(
        problemOf(
          given,
          other(() => (config.users[0]!.user = { token })),
        ),
        {
          message:
            `${refusal}secrets "velero-repo-credentials" is forbidden: User "system:serviceaccount:default:nobody" ` +
            'cannot get resource "secrets" in API group "" in the namespace "velero"',
        },
      );
      await assert.rejects(
        problemOf(
          given,
          other(() => (config.clusters[0]!.cluster.server = "https://127.0.0.1:1")),
        ),
        (error: Error) => error.message.startsWith(refusal) && error.message.includes("ECONNREFUSED"),
      );
      await assert.rejects(problemOf(given, { context: "elsewhere" }), ({ message }: Error) =>
        message.startsWith(`${refusal}${lab.kubeconfig} has no context "elsewhere"; it has `),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  describe("before pulumi up", () => {
    const program = (values: Record<string, unknown>, env: Record<string, string>) =>
      runProgram({ ...settings, ...values }, { HOME: lab.plane.paths.root, ...env });
    const registers = /node_modules\/@pulumi\/pulumi\/runtime\//;
    const differs = /backups\.velero\.repositoryPassword: this is not the password/;

    beforeEach(async () => {
      await demandNamespace("velero");
      await ways["kubectl apply, as stringData"]!();
    });

    for (const [title, dryRun] of [
      ["an update", "false"],
      ["a preview", "true"],
    ]) {
      it(`stop ${title} before it registers anything`, async () => {
        const env = { KUBECONFIG: lab.kubeconfig, PULUMI_NODEJS_DRY_RUN: dryRun! };
        const said = await program(repositoryPassword("a-slip-of-the-pen"), env);
        assert.match(said, differs);
        assert.doesNotMatch(said, registers);
        assert.doesNotMatch(said, new RegExp(`${needle}|a-slip-of-the-pen`));
        assert.match(await program(repositoryPassword(needle), env), registers);
      });
    }

    it("are asked of the cluster that KUBECONFIG holds, as the provider takes it", async () => {
      const env = { KUBECONFIG: readFileSync(lab.kubeconfig, "utf8") };
      assert.match(await program(repositoryPassword("a-slip-of-the-pen"), env), differs);
    });

    it("stop an update and not a preview where there is no way to the cluster", async () => {
      const given = repositoryPassword("a-slip-of-the-pen");
      const env = { KUBECONFIG: "", KUBERNETES_SERVICE_HOST: "" };
      const refused = await program(given, env);
      assert.match(
        refused,
        /is not known, so pulumi up changes nothing: no kubeconfig: .*\/\.kube\/config does not exist; give one by KUBECONFIG$/m,
      );
      assert.doesNotMatch(refused, registers);
      assert.match(await program(given, { ...env, PULUMI_NODEJS_DRY_RUN: "true" }), registers);
    });
  });
}
