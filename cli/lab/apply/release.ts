import {
  decodedRelease,
  noteName,
  noteSelector,
  type HelmRelease,
  type ReleaseName,
} from "../../state/helmRelease.js";
import {
  Unready,
  type OperationContext,
  type OperationResult,
  type ResourceKind,
  type Values,
} from "../../plan/providers/standIn.js";
import { plain } from "../../plan/providers/values.js";
import type { ObjectApi } from "./objectApi.js";
import { helmArguments, type Helm } from "./helm.js";
import type { ClusterConnection } from "./object.js";

export interface ReleaseTools {
  helm: Helm;
  /** Finds the chart of a release, its folder or an archive, and the values that it is installed with. */
  source(
    inputs: Values,
    context: Pick<OperationContext, "signal">,
  ): Promise<{ chart: string; values: readonly Values[] }>;
}

const defaultSeconds = 300;

/** Releases that Helm really installs. */
export function appliedRelease(
  recorded: ResourceKind,
  { api }: ClusterConnection,
  { helm, source }: ReleaseTools,
): ResourceKind {
  /** Runs helm; a revision that a failure leaves is recorded, as not in order. */
  async function put(
    operation: "install" | "upgrade",
    id: string,
    inputs: Values,
    context: OperationContext,
  ): Promise<OperationResult> {
    const release = releaseOf(inputs);
    const last = async () => (await revisions(api, release)).at(-1);
    const before = await last();
    const rest = helmArguments(operation, inputs, secondsOf(inputs, context));
    const { chart, values } = await source(inputs, context);
    const command = [operation, release.name, chart, "--namespace", release.namespace];
    try {
      await helm([...command, ...rest], context, values);
    } catch (error) {
      const left = await last();
      if (!left || left.revision === before?.revision) throw error;
      throw new Unready((error as Error).message, { id, outputs: { status: statusOf(inputs, left) } });
    }
    return { outputs: { status: statusOf(inputs, await last()) } };
  }

  return {
    ...recorded,
    create: async (inputs, context) => {
      const { id } = await recorded.create(inputs, context);
      return { id, ...(await put("install", id, inputs, context)) };
    },
    update: ({ id }, news, context) => put("upgrade", id, news, context),
    async read({ inputs }) {
      const values = plain(inputs) as Values;
      const found = (await revisions(api, releaseOf(values))).at(-1);
      return found && { inputs, outputs: { status: statusOf(values, found) } };
    },
    // As the official provider reads what it is to import: neither where the chart is from nor how it was installed is known.
    async find(id) {
      const [namespace, name] = id.includes("/") ? (id.split("/", 2) as [string, string]) : ["default", id];
      const last = (await revisions(api, { namespace, name })).at(-1);
      if (!last) return undefined;
      const metadata = { name: noteName(name, last.revision), namespace };
      const note = await api.get({ apiVersion: "v1", kind: "Secret", metadata });
      const { chart, chartVersion, values } = decodedRelease(note!["data"] as Record<string, string>);
      const inputs = { name, namespace, chart, version: chartVersion, values, timeout: defaultSeconds };
      return { inputs, outputs: { status: statusOf(inputs, last) } };
    },
    async delete({ inputs }, context) {
      const values = plain(inputs) as Values;
      const { name, namespace } = releaseOf(values);
      const wait = values["atomic"] === true || values["skipAwait"] !== true;
      const limit = wait ? ["--wait", `--timeout=${secondsOf(values, context)}s`] : [];
      await helm(["uninstall", name, "--namespace", namespace, ...limit], context);
    },
  };
}

function secondsOf({ timeout }: Values, { timeoutSeconds }: OperationContext): number {
  return timeoutSeconds ?? (timeout as number | undefined) ?? defaultSeconds;
}

function releaseOf({ name, namespace = "default" }: Values): ReleaseName {
  return { name: name as string, namespace: namespace as string };
}

/** What the labels of a note say. */
type RevisionStatus = Pick<HelmRelease, "revision" | "status">;

/** Helm's own notes of a release, oldest first: their labels say what they are (https://helm.sh/docs/topics/advanced/). */
async function revisions(api: ObjectApi, { name, namespace }: ReleaseName): Promise<RevisionStatus[]> {
  const query = { labelSelector: noteSelector(name) };
  const secrets = await api.list("v1", { name: "secrets" }, query, namespace);
  return secrets
    .map(({ metadata }) => metadata.labels as Record<string, string>)
    .map((labels) => ({ revision: Number(labels["version"]), status: labels["status"]! }))
    .sort((a, b) => a.revision - b.revision);
}

function statusOf(
  { name, namespace = "default", chart, version }: Values,
  found: RevisionStatus | undefined,
): Values {
  return { name, namespace, chart, version, revision: found?.revision, status: found?.status };
}
