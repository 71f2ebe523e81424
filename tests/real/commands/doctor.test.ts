import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parse, stringify } from "yaml";
import { doctorsSettings } from "../../../cli/state/doctor/command.js";
import { startTimeOf } from "../../../cli/kit/processes.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { until } from "../../../cli/kit/until.js";
import { projectName } from "../../../stacks/settings/index.js";
import { program, runCommand } from "../../kit/runCommand.js";
import { folderOfTest } from "../../kit/folder.js";

const urn = "urn:pulumi:lab::cluster-security::kubernetes:helm.sh/v3:Release::harbor";
const release = {
  urn,
  type: "kubernetes:helm.sh/v3:Release",
  inputs: { name: "harbor", namespace: "registry", chart: "harbor", version: "1.0.0" },
  outputs: { status: { revision: 1 } },
};
const deployment = {
  resources: [release],
  pending_operations: [{ type: "updating", resource: release }],
};

/** What Helm notes about a revision of it, long ago. */
function note(version: number, status: string): object {
  const chart = { metadata: { name: "harbor", version: "1.0.0" } };
  const text = JSON.stringify({ name: "harbor", namespace: "registry", version, info: { status }, chart });
  return {
    metadata: { labels: { version: String(version), status, createdAt: "1" } },
    data: { release: btoa(gzipSync(text).toString("base64")) },
  };
}

describe("npm run doctor", function () {
  this.timeout(60_000);
  const folder = folderOfTest();
  let server: Server;
  let kubeconfig: object;

  beforeEach(async () => {
    const items = [note(1, "deployed"), note(2, "pending-upgrade")];
    server = createServer((request, response) => {
      if (!request.url!.includes("/secrets")) response.statusCode = 404;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ apiVersion: "v1", kind: "SecretList", items }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "a", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } },
      ],
      users: [{ name: "a", user: { token: "needle" } }],
      contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
      "current-context": "a",
    };
    writeFileSync(folder("kubeconfig"), JSON.stringify(kubeconfig));
    const calls = folder("calls");
    const pulumi = `#!/bin/sh
      echo "pulumi $1 [$KUBECONFIG]" >>'${calls}'
      case $1$2 in
        whoami*) echo '{"url":"s3://state"}' ;;
        stackexport) echo '${JSON.stringify({ version: 3, deployment })}' ;;
      esac\n`;
    writeFileSync(folder("pulumi"), pulumi, { mode: 0o755 });
    const helm = `#!/bin/sh\necho "helm $* [$KUBECONFIG]" >>'${calls}'\n`;
    writeFileSync(folder("helm"), helm, { mode: 0o755 });
  });
  afterEach(() => {
    server.close();
  });

  const doctor = (args: string[], env: Record<string, string> = {}) =>
    runCommand(["doctor", "--stack", "lab", ...args], {
      env: { HOME: folder(), PATH: `${folder()}:${process.env["PATH"]}`, ...env },
    });
  const calls = () => readFileSync(folder("calls"), "utf8").trim().split("\n");

  it("has Pulumi and Helm talk to the cluster of --kubeconfig", async () => {
    const file = folder("kubeconfig");
    const { stdout, stderr } = await doctor(["--kubeconfig", file, "--fix"], { KUBECONFIG: "/elsewhere" });
    assert.match(stdout, /release registry\/harbor is pending-upgrade/, stderr);
    const changing = calls().filter((call) => /^(helm|pulumi refresh) /.test(call));
    assert.deepEqual(changing, [
      `helm rollback harbor 1 --namespace registry --wait [${file}]`,
      `pulumi refresh [${file}]`,
    ]);
  });

  it("keeps to the columns of a terminal", async () => {
    const { stdout } = await doctor(["--kubeconfig", folder("kubeconfig")], { COLUMNS: "40" });
    assert.ok(
      stdout.split("\n").every((line) => line.length <= 40),
      stdout,
    );
    assert.match(stdout, /release registry\/harbor is/);
  });

  it("changes nothing in another context than the stack's own", async () => {
    const file = folder("kubeconfig");
    const { status, stderr } = await doctor(["--kubeconfig", file, "--context", "a", "--fix"]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /--context a: with --fix it has to be the stack's own, and cluster\.context .* is not set/,
    );
    assert.ok(!existsSync(folder("calls")), "something was run");
  });

  describe("where KUBECONFIG is a kubeconfig itself", () => {
    it("reads it, and quotes nothing of it", async () => {
      const { stdout, stderr } = await doctor([], { KUBECONFIG: JSON.stringify(kubeconfig) });
      assert.match(stdout, /release registry\/harbor is pending-upgrade/);
      assert.doesNotMatch(stdout + stderr, /needle/);
    });

    it("does not give it to Helm, which reads files alone", async () => {
      const { status, stdout, stderr } = await doctor(["--fix"], { KUBECONFIG: JSON.stringify(kubeconfig) });
      assert.equal(status, 1);
      assert.match(stderr, /helm needs the kubeconfig in a file: give it by --kubeconfig/);
      assert.doesNotMatch(stdout + stderr, /needle/);
      assert.ok(!calls().some((call) => call.startsWith("helm")));
    });

    it("quotes nothing of one that is broken", async () => {
      const { stdout, stderr } = await doctor([], { KUBECONFIG: `{"needle": [` });
      assert.match(stdout, /the cluster cannot be asked: KUBECONFIG cannot be read as a kubeconfig/);
      assert.doesNotMatch(stdout + stderr, /needle/);
    });
  });

  it("reads a list of kubeconfigs", async () => {
    const list = `${folder("none")}:${folder("kubeconfig")}`;
    const { stdout } = await doctor([], { KUBECONFIG: list });
    assert.match(stdout, /release registry\/harbor is pending-upgrade/);
  });

  it("says what ends soon, or has ended", async () => {
    // The year 2100.
    const later =
      "globalThis.Date = class extends Date { constructor(...given) { super(...(given.length ? given : [4.1e12])); } };";
    const clock = `--import=data:text/javascript;base64,${btoa(later)}`;
    const { stderr } = await doctor(["--kubeconfig", folder("kubeconfig")], { NODE_OPTIONS: clock });
    assert.match(stderr, /^note: certificates\.token\.expiresOn: expired on /m);
  });

  it("ends the CLI on a signal", async () => {
    const begun = folder("begun");
    writeFileSync(folder("pulumi"), `#!/bin/sh\necho "$$" >>'${begun}'\nexec sleep 600\n`, {
      mode: 0o755,
    });
    const child = spawn(process.execPath, [program, "doctor", "--stack", "lab"], {
      cwd: projectFolder,
      env: { HOME: folder(), PATH: `${folder()}:${process.env["PATH"]}` },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    // The state is read while the locks are looked for.
    const pids = () => (existsSync(begun) ? readFileSync(begun, "utf8").trim().split("\n").map(Number) : []);
    await until(() => pids().length === 2, "the CLI has not begun");
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [143, null]);
    assert.deepEqual(pids().map(startTimeOf), [undefined, undefined]);
  });

  it("accepts settings that pulumi up accepts: with a secret in plain text", async () => {
    const fixture = join(projectFolder, "tests/fixtures/settings/minimal.yaml");
    const settings = parse(readFileSync(fixture, "utf8")) as Record<string, Record<string, unknown>>;
    settings["registry"]!["adminPassword"] = "a-password-in-plain";
    settings["cluster"]!["context"] = "theirs";
    const config = Object.fromEntries(
      Object.entries(settings).map(([key, value]) => [`${projectName}:${key}`, value]),
    );
    writeFileSync(folder("Pulumi.test.yaml"), stringify({ config }, { schema: "yaml-1.1" }));
    symlinkSync(join(projectFolder, "stacks"), folder("stacks"));
    assert.equal((await doctorsSettings("test", folder())).cluster.context, "theirs");
  });
});
