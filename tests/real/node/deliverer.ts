import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorsIn } from "../../../cli/plan/engine/events.js";
import { readSettings } from "../../../cli/kit/settings.js";
import { officialNames, provide } from "../../../cli/lab/official/index.js";
import { silent } from "../../../cli/kit/progress.js";
import { standIns } from "../../../cli/plan/providers/index.js";
import { openSession } from "../../../cli/lab/session.js";
import { tool } from "../../../cli/kit/toolchain/tool.js";
import { nodeFilesOf } from "../../../stacks/sections/controlPlane.js";
import type { Settings } from "../../../stacks/settings/index.js";
import { capture } from "../../kit/capture.js";

/** What came of a delivery: what is printed, and why it failed if it did. */
export interface Delivered {
  error: string | undefined;
  /** Everything the engine said, in its own words. */
  printed: string;
}

/** Runs the program's delivery. */
export interface Deliverer {
  /** How, for the test's report. */
  how: string;
  /** True where there is an engine with a state: what did not change is not delivered again. */
  keepsState: boolean;
  up(settings: Settings): Promise<Delivered>;
  /** The stack's output nodeReports, where there is a state. */
  reports(): Promise<unknown>;
  close(): void;
}

/** Pulumi's engine with the official plugin of @pulumi/command where it can be had, else ssh with the same lines. */
export async function openDeliverer(folder: string, privateKeyFile: string): Promise<Deliverer> {
  const cli = await tool("pulumi");
  const state = join(folder, "state");
  const providers = await provide({
    mode: "auto",
    packages: ["command"],
    settings: (await readSettings("lab")).settings,
    archives: false,
    cli,
    helm: "/nowhere/helm",
    home: join(state, "home"),
    scratch: join(folder, "scratch"),
    progress: silent,
  });
  const [command] = providers;
  const official = officialNames(providers);
  if (official.length === 0) {
    const why = command!.official ? "" : command!.why;
    return overSsh(
      folder,
      privateKeyFile,
      `ssh with the same lines; the plugin of @pulumi/command is ${why}`,
    );
  }
  const served = standIns({ cache: folder }).all.filter(({ name }) => !official.includes(name));
  const session = await openSession({ folder: state, cli, project: "p", stack: "s", providers: served });
  return {
    how: `Pulumi's engine with the official plugin of ${command!.name} ${command!.version}`,
    keepsState: true,
    async up(settings) {
      const program = () => ({ nodeReports: nodeFilesOf(settings).reports });
      const { succeeded, events } = await session.run({ operation: "up", program });
      return {
        error: succeeded ? undefined : errorsIn(events).join("\n"),
        // What is for debugging is shown by --debug alone: there the SDK prints every resource as it is.
        printed: JSON.stringify(
          events.filter(({ diagnosticEvent }) => (diagnosticEvent?.severity as string) !== "debug"),
        ),
      };
    },
    reports: async () => (await session.outputs())["nodeReports"],
    close: () => session.close(),
  };
}

/** The commands the program registers, in their order and up to the first that fails, as the engine runs them. */
function overSsh(folder: string, privateKeyFile: string, how: string): Deliverer {
  return {
    how,
    keepsState: false,
    async up(settings) {
      const outputs = () => ({ result: "a password", stdout: "", stderr: "" });
      const { resources } = await capture(() => nodeFilesOf(settings), { outputs });
      let printed = "";
      for (const { type, inputs } of resources) {
        if (type !== "command:remote:Command") continue;
        const { host, port, user, hostKey } = inputs["connection"];
        const known = join(folder, "known_hosts");
        writeFileSync(known, `[${host}]:${port} ${hostKey}\n`);
        const options = [
          "BatchMode=yes",
          "StrictHostKeyChecking=yes",
          "IdentitiesOnly=yes",
          `UserKnownHostsFile=${known}`,
        ];
        const args = [
          "-F",
          "none",
          "-i",
          privateKeyFile,
          "-p",
          String(port),
          ...options.flatMap((option) => ["-o", option]),
        ];
        const { status, stdout, stderr } = spawnSync("ssh", [...args, `${user}@${host}`, inputs["create"]], {
          input: inputs["stdin"],
          encoding: "utf8",
        });
        printed += stdout + stderr;
        if (status !== 0) return { error: `${inputs["create"]}:\n${stdout}${stderr}`, printed };
      }
      return { error: undefined, printed };
    },
    reports: () => Promise.resolve(undefined),
    close: () => {},
  };
}
