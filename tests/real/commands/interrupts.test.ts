import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { commands } from "../../../cli/commands/index.js";
import { listen } from "../../../cli/kit/listen.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { tools } from "../../../cli/kit/toolchain/tools.js";
import { until } from "../../../cli/kit/until.js";
import { start, stop } from "../../../cli/lab/cluster/daemon.js";
import { versions } from "../../../cli/test/nodeVersions.js";
import { folderOfSuite, type Folder } from "../../kit/folder.js";
import { runningProcesses } from "../../kit/startedCommand.js";
import { interrupt, Terminal } from "../../kit/terminal.js";

const forEver = "exec sleep 600";
/** Knows its version, and one answer that an import waits for. */
const slowPulumi = (state = forEver) => `case $1$2 in
  version*) echo v${tools.pulumi.version.replace(/^v/, "")} ;;
  stackexport) ${state} ;;
  stackinit) [ "$PULUMI_HOME" ] && exit 0; ${forEver} ;;
  *) ${forEver} ;;
esac`;
const emptyState = JSON.stringify({ version: 3, deployment: { secrets_providers: { type: "passphrase" } } });

interface Row {
  /** Its options and arguments. Default: none. */
  args?: string;
  /** Programs that it finds on PATH, by name. Default: none. */
  fakes?: Record<string, string>;
  /** When Ctrl-C is typed. Default: when one of the programs sleeps. */
  when?: (terminal: Terminal, folder: Folder) => boolean;
  /** Whether it shows a spinner by then. Default: true. */
  spins?: boolean;
}

const compiles: Row = { fakes: { go: forEver } };
const asksPulumi = (args?: string): Row => ({ args, fakes: { pulumi: slowPulumi() } });
/** It ends by itself within a second. */
const isShort: Row = {
  when: (terminal) => terminal.processes().some(({ command }) => command.startsWith("node ")),
  spins: false,
};

const rows: Record<string, Row> = {
  start: { ...compiles, args: "--providers stand-in" },
  "lab list": { fakes: { flock: forEver }, spins: false },
  "lab stop": {
    args: "--name stubborn",
    when: (_, folder) => existsSync(folder("asked-to-end")),
    spins: false,
  },
  plan: asksPulumi(),
  reach: asksPulumi(),
  verify: { args: "--kubeconfig kubeconfig", when: (terminal) => terminal.isSpinning },
  "node-files": asksPulumi("--out ../home/files.tar"),
  "sealing-keys": asksPulumi("--manifests docs"),
  "state-check": asksPulumi(),
  doctor: asksPulumi("--kubeconfig kubeconfig"),
  "import-file": asksPulumi("--release a/b"),
  import: { args: "--file wanted.json", fakes: { pulumi: slowPulumi(`echo '${emptyState}'`) } },
  tools: compiles,
  "chart-objects": asksPulumi("--charts ../archives"),
  "licence-lists": compiles,
  "settings-schema": isShort,
  "hardening-tables": isShort,
  "powers-table": isShort,
  test: { args: "types lint", fakes: { npx: forEver, npm: "echo the next part" }, spins: false },
  "node-versions": { spins: false },
  bench: { args: "plan", fakes: { npm: forEver }, spins: false },
};

/** Every file below the folders, with what is in it. */
function contents(...folders: string[]): string[] {
  const files = folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !/\/tsx-\d+(\/|$)/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name));
  const digest = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
  return files.map((file) => `${file} ${digest(file)}`).sort();
}

describe("Ctrl-C at a terminal", function () {
  this.timeout(60_000);
  const folder = folderOfSuite();
  const checkout = (...path: string[]) => folder("checkout", ...path);

  before(async () => {
    const left = ["node_modules", ".cache", ".git", ".lab"].map((name) => join(projectFolder, name));
    cpSync(projectFolder, checkout(), { recursive: true, filter: (path) => !left.includes(path) });
    symlinkSync(join(projectFolder, "node_modules"), checkout("node_modules"));
    for (const name of ["home", "tmp", "archives", "bin"]) mkdirSync(folder(name));
    writeFileSync(folder("archives", "demo-1.0.0.tgz"), "");
    writeFileSync(checkout("wanted.json"), JSON.stringify({ resources: [{ id: "a/b" }] }));
    writeFileSync(checkout("tools/helm/go.sum"), "changed\n");
    const port = await listen(server);
    const user = { name: "a", user: {} };
    const cluster = {
      name: "a",
      cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
    };
    const context = { name: "a", context: { cluster: "a", user: "a" } };
    const kubeconfig = { clusters: [cluster], users: [user], contexts: [context], "current-context": "a" };
    writeFileSync(checkout("kubeconfig"), JSON.stringify(kubeconfig));
    const script = `trap 'echo >${folder("asked-to-end")}' TERM; while :; do sleep 1; done`;
    start({ name: "etcd", command: ["sh", "-c", script], ...stubborn(), keep: false });
    const node = checkout(".cache/node", versions[0]!, `node_modules/node-linux-${process.arch}/bin`);
    mkdirSync(node, { recursive: true });
    writeFileSync(join(node, "node"), `#!/bin/sh\n${forEver}\n`, { mode: 0o755 });
    mkdirSync(checkout(".lab/listed"));
    writeFileSync(checkout(".lab/listed.lock"), "");
  });
  after(async () => {
    await stop(stubborn().processes, "etcd", 0);
    server.closeAllConnections();
    server.close();
  });

  const stubborn = () => ({
    logs: checkout(".lab/stubborn/logs"),
    processes: checkout(".lab/stubborn/processes"),
  });
  /** Tells its version and the nodes that it has, and then nothing more. */
  const server = createServer(({ url }, response) => {
    if (url === "/version") response.end("{}");
    if (url?.startsWith("/api/v1/nodes")) response.end('{"items":[],"metadata":{}}');
  });

  const written = () => contents(checkout(), folder("home"), folder("tmp"));

  /** Whether a process has the home of these tests. */
  const isOurs = ({ pid }: { pid: number }) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`HOME=${folder("home")}\0`);
    } catch {
      return false; // It has just ended.
    }
  };

  it("is tried on every command", async () => {
    const names = await Promise.all(
      Object.entries(commands).map(async ([name, load]) => {
        const inner = (await load()).default.commands.map((command) => `${name} ${command.name()}`);
        return inner.length > 0 ? inner : [name];
      }),
    );
    assert.deepEqual(names.flat().sort(), Object.keys(rows).sort());
  });

  for (const [name, { args = "", fakes = {}, when, spins = true }] of Object.entries(rows))
    it(`ends ${name}, which leaves nothing behind`, async () => {
      const bin = folder("bin", name.replace(" ", "-"));
      mkdirSync(bin);
      for (const [fake, text] of Object.entries(fakes))
        writeFileSync(join(bin, fake), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      const before = written();
      const PATH = [bin, dirname(process.execPath), "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":");
      const env = { PATH, HOME: folder("home"), TMPDIR: folder("tmp"), TOOLS_FROM_SOURCE: "1" };
      const line = `node cli/cluster-security.cjs ${name} ${args}`;
      const terminal = new Terminal(line, { cwd: checkout(), env });
      const sleeps = () => terminal.processes().some(({ command }) => command.startsWith("sleep 600"));
      await terminal.until(() => terminal.isSpinning === spins && (when?.(terminal, folder) ?? sleeps()));
      await interrupt(terminal, 10);
      await until(() => !runningProcesses().some(isOurs), "a process is left");
      assert.doesNotMatch(terminal.output, /the next part|error|failed/i);
      const after = written();
      assert.deepEqual(
        after.filter((file) => !before.includes(file)),
        [],
      );
      assert.equal(after.length, before.length);
    });
});
