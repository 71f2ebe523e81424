import { createHash } from "node:crypto";
import { helmRelease, notesOf } from "../../state/helmRelease.js";
import {
  Unready,
  type OperationContext,
  type Outcome,
  type ResourceKind,
  type Values,
} from "../../plan/providers/standIn.js";
import { plain } from "../../plan/providers/values.js";
import type { Api } from "./api.js";
import type { ChartSource } from "./charts.js";
import { upgradeArguments, type Helm } from "./helm.js";
import type { Cluster } from "./object.js";
import { patiently } from "./process.js";
import type { Records } from "./records.js";

export interface Releases {
  helm: Helm;
  source: ChartSource;
  records: Records;
}

/** Label of Helm's own Secrets that tells which resource made a release. */
const resourceLabel = "pulumi-resource";
const defaultSeconds = 300;
const patienceSeconds = 90;

/** Releases that Helm really installs; one whose chart cannot be had is recorded, with its definitions installed. */
export function appliedRelease(
  recorded: ResourceKind,
  cluster: Cluster,
  { helm, source, records }: Releases,
): ResourceKind {
  const { api } = cluster;
  const inTurn = turns();

  async function put(inputs: Values, context: OperationContext, mark: string): Promise<Outcome> {
    const chart = await source(inputs);
    const release = releaseOf(inputs);
    if (chart === undefined) return { outputs: { status: await records.add(release, inputs, context.urn) } };
    const seconds = context.timeoutSeconds ?? (inputs["timeout"] as number | undefined) ?? defaultSeconds;
    const args = ["upgrade", release.name, chart, "--install", "--namespace", release.namespace];
    const rest = [...upgradeArguments(inputs, seconds), "--labels", `${resourceLabel}=${mark}`];
    await heal(release, seconds, context);
    await patiently(
      () => helm([...args, ...rest], context, (inputs["values"] as Values | undefined) ?? {}),
      patienceSeconds,
      () => heal(release, seconds, context),
    );
    await records.remove(release);
    return { outputs: { status: statusOf(inputs, (await revisions(api, release)).at(-1)) } };
  }

  /** Ends what a killed run has begun: Helm takes an unfinished operation for one that still goes on. */
  async function heal(release: ReleaseName, seconds: number, context: OperationContext): Promise<void> {
    const found = await revisions(api, release);
    const status = found.at(-1)?.status;
    if (status === undefined || !(status.startsWith("pending-") || status === "uninstalling")) return;
    const good = found.filter(({ status }) => status === "deployed" || status === "superseded").at(-1);
    const command =
      good && status !== "uninstalling"
        ? ["rollback", release.name, String(good.revision)]
        : ["uninstall", release.name, "--ignore-not-found"];
    const rest = ["--namespace", release.namespace, "--wait", `--timeout=${seconds}s`];
    await patiently(() => helm([...command, ...rest], context), patienceSeconds);
  }

  return {
    ...recorded,
    create: async (inputs, context) => {
      const { id } = await recorded.create(inputs, context);
      const release = releaseOf(inputs);
      const mark = markOf(cluster.owner, context.urn);
      return inTurn(id, async () => {
        const found = (await revisions(api, release)).at(-1);
        if (found && found.resource !== mark) {
          throw new Error(
            `Release ${id} already exists, and this stack did not make it: uninstall it, or import it with the real provider`,
          );
        }
        try {
          return { id, ...(await put(inputs, context, mark)) };
        } catch (error) {
          const left = (await revisions(api, release)).at(-1);
          if (!left) throw error;
          throw new Unready((error as Error).message, { id, outputs: { status: statusOf(inputs, left) } });
        }
      });
    },
    update: ({ id }, news, context) =>
      inTurn(id, () => put(news, context, markOf(cluster.owner, context.urn))),
    async read({ id, inputs, outputs }) {
      const release = releaseOf(plain(inputs) as Values);
      if (await records.has(release)) return { inputs, outputs: { status: outputs["status"] } };
      const found = (await revisions(api, release)).at(-1);
      if (!found) return undefined;
      const status = statusOf(plain(inputs) as Values, found);
      if (found.status === "deployed") return { inputs, outputs: { status } };
      throw new Unready(`Release ${id} is ${found.status}, not deployed`, { id, outputs: { status } });
    },
    // As the official provider reads what it is to import: neither where the chart is from nor how it was installed is known.
    async find(id) {
      const [namespace, name] = id.includes("/") ? (id.split("/", 2) as [string, string]) : ["default", id];
      const last = (await revisions(api, { namespace, name })).at(-1);
      if (!last) return undefined;
      const metadata = { name: `sh.helm.release.v1.${name}.v${last.revision}`, namespace };
      const note = await api.get({ apiVersion: "v1", kind: "Secret", metadata });
      const { chart, chartVersion, values } = helmRelease(note!["data"] as Record<string, string>);
      const inputs = { name, namespace, chart, version: chartVersion, values, timeout: defaultSeconds };
      return { inputs, outputs: { status: statusOf(inputs, last) } };
    },
    async delete({ id, inputs }, context) {
      const values = plain(inputs) as Values;
      const release = releaseOf(values);
      const seconds = context.timeoutSeconds ?? (values["timeout"] as number | undefined) ?? defaultSeconds;
      const { name, namespace } = release;
      const args = [
        "uninstall",
        name,
        "--namespace",
        namespace,
        "--ignore-not-found",
        "--wait",
        `--timeout=${seconds}s`,
      ];
      await inTurn(id, async () => {
        if ((await revisions(api, release)).length > 0)
          await patiently(() => helm(args, context), patienceSeconds);
        await records.remove(release);
      });
    },
  };
}

export interface ReleaseName {
  name: string;
  namespace: string;
}

function releaseOf({ name, namespace = "default" }: Values): ReleaseName {
  return { name: name as string, namespace: namespace as string };
}

interface Revision {
  revision: number;
  status: string;
  resource: string | undefined;
}

/** Helm's own notes of a release, oldest first: their labels say what they are (https://helm.sh/docs/topics/advanced/). */
async function revisions(api: Api, { name, namespace }: ReleaseName): Promise<Revision[]> {
  const query = { labelSelector: notesOf(name) };
  const secrets = await api.list("v1", { name: "secrets" }, query, namespace);
  return secrets
    .map(({ metadata }) => metadata.labels as Record<string, string>)
    .map((labels) => ({
      revision: Number(labels["version"]),
      status: labels["status"]!,
      resource: labels[resourceLabel],
    }))
    .sort((a, b) => a.revision - b.revision);
}

function statusOf(
  { name, namespace = "default", chart, version }: Values,
  found: Revision | undefined,
): Values {
  return { name, namespace, chart, version, revision: found?.revision, status: found?.status };
}

function markOf(owner: string, urn: string): string {
  return createHash("sha256").update(`${owner}\n${urn}`).digest("hex").slice(0, 32);
}

/** One operation on a release at a time: one whose engine was killed may still be at it when the next run comes. */
export function turns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, turn);
    return turn;
  };
}
