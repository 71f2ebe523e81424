import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownedObjects, startKubernetes, type KubernetesPlugin } from "../../cli/lab/apply/index.js";
import { errorsIn, resourcesIn } from "../../cli/plan/engine/events.js";
import { forgetUserSettings } from "../../cli/plan/engine/folder.js";
import { standIns } from "../../cli/plan/providers/index.js";
import { oci } from "../../cli/plan/providers/oci.js";
import { Program } from "../../cli/lab/program.js";
import { openSession, type Session } from "../../cli/lab/session.js";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";
import { clusterSecurity } from "../../stacks/clusterSecurity.js";
import { livingProblem } from "../../stacks/livingSecrets.js";
import { parseSettings, projectName, type Settings } from "../../stacks/settings/index.js";
import { clusterReleases } from "../../cli/state/clusterReleases.js";
import type { ImportFile } from "../../cli/state/importFile.js";
import { binaries, endLab, pluginIn } from "../real/lab/apply/lab.js";
import { documented } from "./claims.js";
import { HandMadeCluster, needles, needlesIn, settingsWith } from "./handMadeCluster.js";
import { Sandbox } from "./sandbox.js";

const page = "docs/guides/adopt-a-cluster.md";
const stack = "musashi";

describe(`${page}, on a cluster that was set up by hand`, function () {
  this.timeout(300_000);
  const name = `adopt-${process.pid}`;
  let sandbox: Sandbox;
  let made: HandMadeCluster;
  let plugin: KubernetesPlugin;
  let session: Session;
  let settings: Settings;
  let env: Record<string, string>;
  let bucketNamespace: string;
  const state = () => join(sandbox.home, "state-of-musashi");
  const importFile = () => join(sandbox.checkout, "import.json");

  before(async function () {
    this.timeout(600_000);
    forgetUserSettings();
    sandbox = await Sandbox.of(this, ["pulumi", "kubectl", "helm"]);
    made = await HandMadeCluster.start(name, sandbox.root);
    settings = parseSettings(settingsWith(), stack, { secrets: "decrypted" }).settings;
    const { kubeconfig } = made.plane.paths;
    mkdirSync(join(sandbox.home, ".kube"));
    copyFileSync(kubeconfig, join(sandbox.home, ".kube/config"));

    const { tenancyId, compartmentId } = settings.backups.oci;
    const getNamespace = oci().functions!["oci:ObjectStorage/getNamespace:getNamespace"]!;
    bucketNamespace = getNamespace({ compartmentId: tenancyId })["namespace"] as string;
    // Oracle's own CLI, as far as the page asks it.
    const script = `#!/bin/sh\n[ "$*" = "os ns get --query data --raw-output" ] && echo ${bucketNamespace}\n`;
    writeFileSync(join(sandbox.bin, "oci"), script, { mode: 0o755 });
    const bucket = {
      ...{ namespace: bucketNamespace, name: "homelab-backups", compartmentId, versioning: "Disabled" },
      ...{ accessType: "NoPublicAccess", storageTier: "Standard", autoTiering: "Disabled" },
    };

    const charts = [made.archives];
    plugin = await startKubernetes(made.cluster, { ...pluginIn(made.plane), charts });
    const { all } = standIns({ cache: join(projectFolder, ".cache/crds"), buckets: [bucket] });
    const providers = all.filter((provider) => provider.name !== plugin.name);
    mkdirSync(state());
    const cli = binaries("pulumi");
    session = await openSession({
      ...{ folder: state(), cli, project: projectName, stack, providers },
      plugins: [plugin],
      checkpoints: false,
    });
    env = {
      PULUMI_BACKEND_URL: `file://${join(state(), "backend")}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(state(), "passphrase"),
      PULUMI_DEBUG_PROVIDERS: session.debugProviders,
    };
  });
  after(async () => {
    session?.close();
    await plugin?.close();
    await endLab(name);
    sandbox?.remove();
  });

  it("changes nothing with another value than the cluster's for what guards data", async () => {
    const other = parseSettings(settingsWith({ secretKey: "another-16-chars" }), stack, {
      secrets: "decrypted",
    });
    const { kubeconfig } = made.plane.paths;
    const program = new Program(session, other.settings, () =>
      livingProblem(other.guarded, stack, { kubeconfig }),
    );
    await assert.rejects(program.up(), (error: Error) => {
      const expected =
        /^Values are given that are not those of the cluster; nothing was changed:\n {2}registry\.secretKey: /;
      assert.match(error.message, expected);
      return true;
    });
    assert.deepEqual(await session.resources(), []);
    assert.deepEqual(
      (await ownedObjects(made.cluster)).filter(({ kind }) => kind !== "Secret"),
      [],
    );
  });

  it("is not gone on with where a release could not be upgraded, or is somebody else's", async () => {
    const release = { namespace: "velero", name: "reloader", chart: "reloader", resource: "x" };
    const { kubeconfig } = made.plane.paths;
    const found = () => clusterReleases([release], kubeconfig, undefined);
    assert.deepEqual(await found(), { there: [], missing: [release] });
    const unusable = (why: string) => ({
      message: `Release velero/reloader is ${why}: Helm upgrades no such release. Remove it: helm -n velero uninstall reloader`,
    });
    await made.noteRelease(release, 7, "failed", "reloader");
    await assert.rejects(found(), unusable("failed, and was never deployed"));
    await made.noteRelease(release, 8, "uninstalled", "reloader");
    await assert.rejects(found(), unusable("uninstalled, its history kept"));
    await made.noteRelease(release, 9, "superseded", "reloader");
    await made.noteRelease(release, 10, "pending-upgrade", "reloader");
    await assert.rejects(found(), {
      message:
        "Release velero/reloader is pending-upgrade: Helm upgrades none that it takes for unfinished. " +
        "See helm -n velero history reloader, and roll it back.",
    });
    await made.noteRelease(release, 11, "deployed", "wave");
    await assert.rejects(found(), {
      message:
        "Release velero/reloader is of chart wave, and the program would upgrade it to reloader. " +
        "Uninstall it, or give it another name.",
    });
    await made.noteRelease(release, 12, "failed", "reloader");
    assert.equal((await found()).there[0]!.found.status, "failed");
    await made.cluster.kubectl(["delete", "secrets", "--namespace=velero", "--selector=name=reloader"]);
    const refusal = `The cluster of --kubeconfig ${kubeconfig} cannot be asked: ${kubeconfig} has no context "elsewhere"; it has `;
    await assert.rejects(clusterReleases([release], kubeconfig, "elsewhere"), ({ message }: Error) =>
      message.startsWith(refusal),
    );
  });

  documented(
    page,
    "Helm releases and the bucket",
    "79c6c3bb",
    "are imported, and then nothing is planned next to what exists, and nothing deleted or replaced",
    async ({ text }) => {
      const { stdout } = await sandbox.run(text, { env });
      assert.equal(
        stdout.replace(/^>.*\n|^\n/gm, ""),
        `import.json has
  bucket homelab-backups
  cert-manager/cert-manager: cert-manager 0.9.0, deployed
  harbor/harbor: harbor 0.9.0, deployed
  kube-system/cilium: cilium 0.9.0, deployed
  kube-system/sealed-secrets: sealed-secrets 0.9.0, deployed
  velero/velero: velero 0.9.0, deployed
and not, because pulumi up makes them: harbor/reloader, velero/reloader
Imported:
  cert-manager/cert-manager
  harbor/harbor
  kube-system/cilium
  kube-system/sealed-secrets
  n/${bucketNamespace}/b/homelab-backups
  velero/velero
`,
      );
      assert.equal(sandbox.git("status", "--porcelain"), "", "the checkout is changed");
      const result = await session.run({ operation: "preview", program: () => clusterSecurity(settings) });
      assert.deepEqual(errorsIn(result.events), []);
      const planned = resourcesIn(result.events);
      assert.deepEqual(
        planned.filter(({ operation }) => ["delete", "replace"].includes(operation)).map(({ urn }) => urn),
        [],
      );
      assert.deepEqual(
        planned
          .filter(({ type }) => /:(Release|Bucket)$/.test(type))
          .map(({ urn, operation }) => `${operation} ${urn.split("::").at(-1)}`)
          .sort(),
        [
          "create harbor-reloader-chart-release",
          "create velero-reloader-chart-release",
          "update backups-storage-bucket",
          "update backups-velero-chart-release",
          "update cert-manager-addon-release",
          "update cilium-cni-release",
          "update harbor-chart-release",
          "update sealed-secrets-controller-release",
        ],
      );
    },
  );

  it("has nothing of what was given by hand in the state in plain, as pulumi import alone would", async () => {
    assert.deepEqual(needlesIn(state()), []);
    const alone = join(sandbox.root, "alone");
    mkdirSync(join(alone, "state"), { recursive: true });
    writeFileSync(join(alone, "Pulumi.yaml"), `name: ${projectName}\n`);
    await sandbox.run(
      `pulumi stack init ${stack}; pulumi import --file '${importFile()}' --yes --skip-preview --generate-code=false`,
      { cwd: alone, env: { ...env, PULUMI_BACKEND_URL: `file://${join(alone, "state")}` } },
    );
    const { adminPassword, secretKey, databasePassword, s3Key } = needles;
    assert.deepEqual(needlesIn(alone), [adminPassword, secretKey, databasePassword, s3Key]);
  });

  it("is imported once, however often it is said, and not in part", async () => {
    const before = await session.resources();
    const { stdout } = await sandbox.run("npm run --silent import", { env });
    assert.equal(stdout, "All of it is in the state of musashi.\n");
    const file = JSON.parse(readFileSync(importFile(), "utf8")) as ImportFile;
    const elsewhere = JSON.stringify(file).replaceAll("velero", "elsewhere");
    writeFileSync(join(sandbox.root, "elsewhere.json"), elsewhere);
    await assert.rejects(
      sandbox.run("npm run --silent import -- --file ../elsewhere.json", { env }),
      /\npulumi import failed:\n {2}resource 'elsewhere\/elsewhere' does not exist\n/,
    );
    assert.deepEqual(await session.resources(), before);
  });

  it("is brought by up to what the program says, with nothing deleted", async () => {
    const program = new Program(session, settings);
    const { update, delete: deleted, replace } = await program.up();
    assert.deepEqual([update, deleted, replace], [6, 0, 0]);
    const again = await program.up();
    assert.deepEqual([again.create, again.update, again.delete, again.replace], [0, 0, 0, 0]);
    assert.deepEqual(needlesIn(state()), []);
  });

  documented(
    page,
    "Helm releases and the bucket (2)",
    "f559d13f",
    "leave none of their old values in the cluster",
    async ({ text }) => {
      const values = "helm -n harbor get values harbor --revision";
      assert.match((await sandbox.run(`${values} 1`)).stdout, new RegExp(needles.adminPassword));
      await sandbox.run(text);
      await assert.rejects(sandbox.run(`${values} 1`), /release: not found/);
      const now = (await sandbox.run(`${values} 2; helm -n harbor status harbor`)).stdout;
      assert.match(now, /\nSTATUS: deployed\n/);
      assert.ok(!Object.values(needles).some((needle) => now.includes(needle)));
      assert.ok(existsSync(importFile()));
    },
  );
});
