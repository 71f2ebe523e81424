import { appendFileSync } from "node:fs";
import { encryptionConfigPath } from "../../../../components/control-plane/encryptionAtRest.js";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import type { WrittenFile } from "../../../../cli/lab/cluster/kubeadm.js";
import { forgetUserSettings } from "../../../../cli/plan/engine/folder.js";
import { silent } from "../../../../cli/kit/progress.js";
import { resourceName } from "../../../../cli/plan/providers/host.js";
import { Lab } from "../../../../cli/lab/lab.js";
import type { Counts } from "../../../../cli/lab/program.js";
import type { Session } from "../../../../cli/lab/session.js";
import {
  findingsIn,
  generatorsAmong,
  secretHashesIn,
  secretTexts,
  type Findings,
  type SecretHashes,
} from "./findings.js";
import { doctorsFindings } from "../doctor.js";
import { watched, type Moment } from "./watched.js";
import { runningProcesses } from "../../../kit/startedCommand.js";

/** What a process of a lab is told. */
export interface LabTask {
  name: string;
  /** `start` brings the cluster up, `open` goes on with one that runs. */
  begin: "start" | "open";
  /** What it does then, one after the other. */
  steps: Step[];
  /** When the engine is killed: by itself, or with the process and everything that it runs. */
  kill?: Moment & { who: "engine" | "all" };
  /** Whether the state is written after each resource. Default: if it is killed. */
  checkpoints?: boolean;
  /** Settings of the registry that the program gets next to the stack's own. */
  registry?: Record<string, string>;
  /** Level at which Secrets are audited. Default: the stack's. */
  secretsLevel?: "RequestResponse";
  crds?: string;
  charts?: string;
  /** File that gets every event of the engine. Default: none. */
  events?: string;
}

/**
 * `secrets` answers with hashes, `values` with the secret values themselves; `node` lays the node files of the state on the
 * node; `doctor` does what `npm run doctor -- --fix` does.
 */
export type Step = "doctor" | "up" | "refresh" | "destroy" | "node" | "findings" | "secrets" | "values";

/** What it answers; what it did not get to do is absent. */
export interface LabAnswer {
  /** What every operation did to how many resources, in the order of the steps. */
  counts: { step: Step; counts: Counts }[];
  /** In the order of the steps. */
  findings: Findings[];
  secrets: SecretHashes[];
  /** What was drawn at random, or given by a cloud, by its name. Everything else that is secret is made of it. */
  values?: Record<string, string>;
  /** Public keys and certificates of those. */
  published?: string[];
  /** Values of releases as JSON, by name. */
  releases?: Record<string, string>;
  /** Paths of the node files. */
  nodeFiles?: string[];
  /** How many creations and deletions there were. */
  asked: Record<Moment["operation"], number>;
  error?: string;
}

async function perform(task: LabTask, answer: LabAnswer): Promise<void> {
  const { name, begin, steps, kill, registry, secretsLevel, crds, charts } = task;
  const { checkpoints = kill !== undefined } = task;
  const seen = watched((moment) => {
    if (moment.at === "asked") answer.asked[moment.operation] = moment.count;
    const { operation, at, count } = moment;
    if (operation !== kill?.operation || at !== kill.at || count !== kill.count) return;
    // The whole group dies at once, so nobody gets to clean up after anybody.
    if (kill.who === "all") process.kill(0, "SIGKILL");
    for (const { pid, parent, command } of runningProcesses())
      if (parent === process.pid && command.includes("/pulumi ")) process.kill(pid, "SIGKILL");
  });
  const lab = await Lab[begin]({
    ...{ name, stack: "lab", keep: true, checkpoints, crds, charts, ...seen },
    progress: silent,
  });
  Object.assign(lab.settings.registry, registry);
  if (secretsLevel) lab.settings.controlPlane.audit.secretsLevel = secretsLevel;
  if (task.events) recordEvents(lab, task.events);
  try {
    for (const step of steps) {
      switch (step) {
        case "doctor":
          await doctor(lab);
          break;
        case "node":
          await (lab.cluster as LabControlPlane).apply((await lab.outputs())["nodeFiles"] as WrittenFile[]);
          break;
        case "findings":
          answer.findings.push(await findingsIn(lab));
          break;
        case "secrets":
          answer.secrets.push(await secretHashesIn(lab));
          break;
        case "values":
          Object.assign(answer, await valuesIn(lab));
          break;
        default:
          answer.counts.push({ step, counts: await lab[step]() });
      }
      process.send!({ soFar: answer });
    }
  } finally {
    await lab.release();
  }
}

/** @throws Error that says what the doctor cannot mend. */
async function doctor(lab: Lab): Promise<void> {
  const { stack } = (lab as unknown as { session: Session }).session;
  const { kubeconfig, root } = lab.paths;
  const findings = await doctorsFindings({ stack, kubeconfig, helm: lab.binaries("helm"), home: root });
  // Of the clouds nothing exists here, so there is nothing to decide.
  const left = findings.left.filter(({ what }) => !/\((oci|cloudflare):/.test(what));
  if (left.length > 0) throw new Error(`the doctor left: ${left.map(({ what }) => what).join("; ")}`);
}

/**
 * Writes down what the engine tells of every operation, which the lab itself keeps in memory only. Left out is what it prints
 * with --debug alone: there the SDK quotes its own messages, secrets included.
 */
function recordEvents(lab: Lab, file: string): void {
  const { session } = lab as unknown as { session: Session };
  const run = session.run;
  session.run = async (request) => {
    const result = await run(request);
    const told = result.events.filter(
      ({ diagnosticEvent }) => (diagnosticEvent?.severity as string | undefined) !== "debug",
    );
    appendFileSync(file, `${JSON.stringify(told)}\n`);
    return result;
  };
}

async function valuesIn(
  lab: Lab,
): Promise<Pick<LabAnswer, "values" | "published" | "releases" | "nodeFiles">> {
  const resources = await lab.resources();
  const nodeFiles = (await lab.outputs())["nodeFiles"] as { path: string; content: string }[];
  const drawn = generatorsAmong(resources);
  const values = drawn.flatMap((resource) =>
    secretTexts(resource).map(({ path, text }) => [`${resourceName(resource.urn)} ${path}`, text] as const),
  );
  const published = drawn.flatMap(({ outputs = {} }) =>
    ["publicKeyPem", "certPem", "certRequestPem"].flatMap((name) => {
      const text = outputs[name];
      return typeof text === "string" ? [text] : [];
    }),
  );
  const releases = resources
    .filter(({ type }) => type === "kubernetes:helm.sh/v3:Release")
    .map(({ urn, inputs }) => [resourceName(urn), JSON.stringify(inputs?.["values"])] as const);
  return {
    values: { ...Object.fromEntries(values), ...encryptionKeysIn(nodeFiles) },
    published,
    releases: Object.fromEntries(releases),
    nodeFiles: nodeFiles.map(({ path }) => path),
  };
}

/** The keys of the encryption configuration, which no resource has as an output of its own. */
function encryptionKeysIn(nodeFiles: { path: string; content: string }[]): Record<string, string> {
  const file = nodeFiles.find(({ path }) => path === encryptionConfigPath)!;
  const keys = [...file.content.matchAll(/secret: (\S+)/g)].map(([, secret]) => secret!);
  return Object.fromEntries(keys.map((key, index) => [`encryption key ${index}`, key]));
}

forgetUserSettings();
// What waits for the answer is gone.
process.once("disconnect", () => process.exit(1));
process.once("message", (task: LabTask) => {
  const answer: LabAnswer = { counts: [], findings: [], secrets: [], asked: { create: 0, delete: 0 } };
  void perform(task, answer)
    .catch((error: Error) => (answer.error = error.message))
    .then(() => process.send!({ answer }, () => process.exit(0)));
});
