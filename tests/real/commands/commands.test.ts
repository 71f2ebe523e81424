import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { commands } from "../../../cli/commands/index.js";
import { projectFolder } from "../../../cli/kit/toolchain/tool.js";
import { runCommand, type Ran } from "../../kit/runCommand.js";
import { wrongValues } from "./wrongValues.js";

interface Command {
  flags?: string[];
  /** Options that take a value. */
  values?: string[];
  /** What it does not run without. */
  required?: string[];
  /** Default: it takes no arguments. */
  takes?: string;
  /** Name of its npm script. Default: its own, with a colon for each space. */
  script?: string;
}

/** A folder with what looks like the archive of a chart. */
const archives = mkdtempSync(join(tmpdir(), "archives-"));
writeFileSync(join(archives, "cilium-1.2.3.tgz"), "");

const expected: Record<string, Command> = {
  start: {
    flags: ["--keep", "--sudo"],
    values: ["--charts", "--cluster", "--crds", "--name", "--nodes", "--providers", "--stack"],
  },
  "lab list": { flags: ["--json"] },
  "lab stop": { values: ["--name"] },
  plan: { flags: ["--json"], values: ["--base", "--charts", "--crds", "--stack"] },
  reach: { values: ["--format", "--from", "--stack"] },
  verify: {
    flags: ["--json"],
    values: [
      ...["--acme-root", "--context", "--etcd-endpoint", "--gateway-port", "--kubeconfig", "--node-root"],
      ...["--recorded", "--sealing-certificates", "--stack"],
    ],
  },
  "node-files": { values: ["--out", "--stack"], required: ["--out", "x"] },
  "sealing-keys": {
    flags: ["--json"],
    values: ["--manifests", "--namespace", "--stack"],
    required: ["--manifests", "."],
  },
  "state-check": { flags: ["--json"], values: ["--stack"] },
  doctor: { flags: ["--fix", "--json"], values: ["--context", "--kubeconfig", "--stack"] },
  "import-file": {
    values: ["--bucket-namespace", "--context", "--kubeconfig", "--out", "--release", "--stack"],
    required: ["--release", "a/b"],
  },
  import: { values: ["--file", "--stack"] },
  tools: { flags: ["--from-source", "--pin"] },
  "chart-objects": { values: ["--charts"], required: ["--charts", archives] },
  "licence-lists": {},
  "settings-schema": {},
  "hardening-tables": {},
  "powers-table": {},
  test: { flags: ["--install"], takes: "[parts...]" },
  "node-versions": { script: "test:node-versions" },
  bench: { values: ["--rounds"], takes: "[names...]" },
};

const manifest = () =>
  JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
    version: string;
    scripts: Record<string, string>;
  };

async function commandOf(name: string): Promise<CommandUnknownOpts> {
  const [first, second] = name.split(" ");
  const { default: command } = await commands[first as keyof typeof commands]();
  return second === undefined ? command : command.commands.find((inner) => inner.name() === second)!;
}

/** What commands write into the checkout, even where it stays the same. */
const written = [
  "stacks/settings/settings.schema.json",
  "docs/reference/access.md",
  "docs/reference/hardening.md",
  "docs/reference/settings.md",
  "tools/helm/licences.json",
  "components/common/chart-objects/cilium.json",
];

describe("every command", function () {
  this.timeout(180_000);

  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "commands-"))));
  after(() => {
    for (const made of [folder, archives]) rmSync(made, { recursive: true });
  });

  const run = (...args: string[]) => runOn({}, ...args);

  /** Runs a command in an empty folder that is home and the place for temporary files as well. */
  async function runOn(more: Record<string, string>, ...args: string[]): Promise<Ran> {
    const times = () => written.map((path) => statSync(join(projectFolder, path)).mtimeMs);
    const before = times();
    const env = { HOME: folder, TMPDIR: folder, KUBECONFIG: join(folder, "none"), ...more };
    const ran = await runCommand(args, { cwd: folder, env });
    assert.deepEqual(times(), before, "files of the checkout are as they were");
    const left = readdirSync(folder).filter((name) => !name.startsWith("tsx-"));
    assert.deepEqual(left, [], "nothing is written");
    assert.doesNotMatch(ran.stderr, /^ +at /m, "no stack trace");
    return ran;
  }

  /** Lines that are longer, but for those that somebody copies. */
  const tooWide = (text: string, columns: number) =>
    text.split("\n").filter((line) => line.length > columns && !/^(Usage|Example): /.test(line));

  const usage = (name: string) =>
    ["Usage: cluster-security", name, "[options]", expected[name]?.takes].filter(Boolean).join(" ");

  it("is in the list, and has an npm script of its name", async () => {
    const { stdout } = await run("--help");
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+)(?: \[options\])?(?: \[[a-z]+\.{3}\])? {2,}\S/gm)].map(
      ([, name]) => name,
    );
    const names = Object.keys(expected);
    const first = [...new Set(names.map((name) => name.split(" ")[0]))];
    assert.deepEqual([listed, Object.keys(commands)], [[...first, "help"], first]);
    const { scripts } = manifest();
    for (const [name, { script = name.replace(" ", ":") }] of Object.entries(expected)) {
      assert.equal(scripts[script], `node cli/cluster-security.cjs ${name}`);
    }
  });

  it("is explained by help", async () => {
    const { version } = manifest();
    for (const [args, first] of [
      [["help"], "Usage: cluster-security [options] [command]"],
      [["help", "lab"], "Usage: cluster-security lab [options] [command]"],
      [["help", "lab", "stop"], usage("lab stop")],
      [["help", "plan"], usage("plan")],
      [["--version"], version],
    ] as const) {
      const { status, stdout, stderr } = await run(...args);
      assert.deepEqual([status, stdout.split("\n")[0], stderr], [0, first, ""]);
    }
  });

  it("is one of those that there are", async () => {
    for (const [args, message] of [
      [[], usage("")],
      [["lab"], usage("lab")],
      [["pla"], "error: unknown command 'pla'"],
      [["--nope"], "error: unknown option '--nope'"],
      [["lab", "nope"], "error: unknown command 'nope'"],
      [["help", "nope"], "error: unknown command 'nope'"],
    ] as const) {
      const { status, stdout, stderr } = await run(...args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.ok(stderr.startsWith(message), stderr);
      assert.ok(stderr.includes(usage(args[0] === "lab" ? "lab" : "")), stderr);
    }
  });

  for (const [name, { flags = [], values = [], required = [], takes }] of Object.entries(expected)) {
    it(`${name} explains itself`, async () => {
      const { status, stdout, stderr } = await run(...name.split(" "), "--help");
      assert.deepEqual([status, stderr], [0, ""]);
      assert.ok(stdout.startsWith(`${usage(name)}\n`), stdout);
      assert.match(stdout, /\nExample: npm (start|test|run [a-z:-]+)( -- .+)?\n/);
      const words = stdout.replace(/\s+/g, " ");
      assert.match(words, / Exit status: 0 .+, 1 .+, 2 wrong usage, 130 interrupted\. $/);
      assert.deepEqual(tooWide(stdout, 80), []);
      const options = [...stdout.matchAll(/^ {2}(--[a-z-]+)( <)?/gm)];
      const kind = (value: string | undefined) =>
        options.filter(([, , found]) => found === value).map(([, option]) => option);
      assert.deepEqual([kind(undefined).sort(), kind(" <").sort()], [flags, values]);
    });

    it(`${name} explains itself on a narrow terminal`, async () => {
      const { stdout } = await runOn({ COLUMNS: "40" }, "help", ...name.split(" "));
      assert.deepEqual(tooWide(stdout, 40), []);
      assert.match(stdout.replace(/\s+/g, " "), /^Usage: .* -h, --help prints this .* 130 interrupted\. $/);
    });

    it(`${name} refuses options that it does not know`, async () => {
      const { status, stdout, stderr } = await run(...name.split(" "), ...required, "--zzz");
      assert.deepEqual([status, stdout], [2, ""]);
      const help = `Help: npx cluster-security ${name} --help\n`;
      assert.equal(stderr, `error: unknown option '--zzz'\n\n${usage(name)}\n${help}`);
    });

    it(`${name} refuses arguments that it does not take, before it does anything`, async () => {
      let printed = "";
      const command = await commandOf(name);
      command.action(() => assert.fail("it runs"));
      command.configureOutput({ writeErr: (text) => void (printed += text) });
      await assert.rejects(command.parseAsync([...required, "zzz"], { from: "user" }), CommanderError);
      const problem = takes ? /^error: .* Allowed choices are / : /^error: too many arguments.* but got 1\./;
      assert.match(printed, problem);
      assert.match(printed, /\n\nUsage: /);
    });

    if (required.length > 0 && name !== "import-file") {
      it(`${name} does not run without ${required[0]}`, async () => {
        const { status, stderr } = await run(name);
        assert.equal(status, 2);
        assert.match(stderr, new RegExp(`^error: required option '${required[0]} <\\w+>' not specified\n`));
      });
    }
    if (values.includes("--stack")) {
      it(`${name} says which stacks there are`, async () => {
        const { status, stdout, stderr } = await run(...name.split(" "), ...required, "--stack", "nowhere");
        assert.deepEqual([status, stdout], [1, ""]);
        const said = 'there is no stack "nowhere" (Pulumi.nowhere.yaml); there are lab, musashi';
        assert.equal(stderr.trimEnd().split("\n").at(-1), said);
      });
    }
  }

  for (const [args, message] of wrongValues) {
    it(`refuses ${args.join(" ")}`, async () => {
      const { status, stdout, stderr } = await run(...args);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.ok(stderr.startsWith(`error: ${message}`), stderr);
      assert.ok(stderr.includes(`\n\n${usage(args[0]!)}\n`), stderr);
    });
  }
});
