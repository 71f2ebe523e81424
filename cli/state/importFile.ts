import { readFileSync } from "node:fs";
import { join } from "node:path";
import { initStack, openStack, runEngine, type EngineStack } from "../plan/engine/engine.js";
import { errorsIn, resourcesIn } from "../plan/engine/events.js";
import { throwAwayFolder } from "../plan/engine/folder.js";
import { loadProgram } from "../plan/engine/tree.js";
import type { Progress } from "../kit/progress.js";
import { readSettings } from "../kit/settings.js";
import { resourceName } from "../plan/providers/host.js";
import { standIns } from "../plan/providers/index.js";
import { serveProviders } from "../plan/providers/serve.js";
import { projectFolder, tool } from "../kit/toolchain/tool.js";
import { UserError } from "../kit/userError.js";

/** One resource that `pulumi import --file` takes. */
export interface ImportedResource {
  type: string;
  /** Names it in the file. */
  name: string;
  /** Its name in the program, where that is another one. */
  logicalName?: string;
  /** Absent for a component, of which nothing exists. */
  id?: string;
  component?: boolean;
  /** Name of another resource in the file. */
  parent?: string;
  /** Name in the table. */
  provider?: string;
  version?: string;
}

/**
 * What `pulumi import --file` takes (https://github.com/pulumi/pulumi/blob/v3.248.0/pkg/cmd/pulumi/operations/import.go).
 * A resource without its parent and its provider would be another one than the program's: its URN has both types.
 */
export interface ImportFile {
  /** URN of each provider. */
  nameTable: Record<string, string>;
  resources: ImportedResource[];
  /** Configuration of each provider that is not in the state yet. */
  providerInputs?: Record<string, Record<string, unknown>>;
}

/** A Helm release of the program. */
export interface ProgramRelease {
  /** Its name in the program. */
  resource: string;
  namespace: string;
  name: string;
  /** Name of the chart, without its repository. */
  chart: string;
}

/** What a stack's program would create, and what of it may exist already. */
export interface ProgramImports {
  file: ImportFile;
  releases: ProgramRelease[];
  /** Name of the bucket, and of its resource. */
  bucket: { resource: string; name: string };
  /** The kubeconfig's context in the settings, if they name one. */
  context: string | undefined;
}

const types = { release: "kubernetes:helm.sh/v3:Release", bucket: "oci:ObjectStorage/bucket:Bucket" };

/**
 * Asks the real engine what the stack's program would create, against stand-ins: no cloud account, no cluster, no
 * passphrase.
 *
 * @throws UserError for what the user can mend.
 */
export async function programImports(stack: string, progress: Progress): Promise<ProgramImports> {
  const folder = throwAwayFolder();
  const providers = standIns({ cache: join(projectFolder, ".cache", "crds") });
  const served = await serveProviders(providers.all, { failures: "collect" });
  try {
    const { project, settings } = await readSettings(stack);
    const engine: EngineStack = {
      cli: await tool("pulumi", { progress }),
      folder: folder.path,
      env: { ...folder.env, PULUMI_DEBUG_PROVIDERS: served.debugProviders },
      project,
      stack,
    };
    progress.step(`asking the program of ${stack} what it would create`);
    const [opened, program] = await Promise.all([
      openStack(engine),
      loadProgram(projectFolder),
      initStack(engine),
    ]);
    const importFile = join(folder.path, "import.json");
    const { succeeded, events } = await runEngine(opened, {
      operation: "preview",
      program: () => program(settings),
      importFile,
    });
    if (!succeeded) throw new UserError(`${stack} cannot be planned:\n${errorsIn(events).join("\n")}`);
    const bucket = resourcesIn(events).find(({ type }) => type === types.bucket)!;
    return {
      file: JSON.parse(readFileSync(importFile, "utf8")) as ImportFile,
      releases: providers.kubernetes.releases.map(({ urn, name, namespace, chart }) => ({
        resource: resourceName(urn),
        namespace,
        name,
        chart: chart.slice(chart.lastIndexOf("/") + 1),
      })),
      bucket: {
        resource: resourceName(bucket.urn),
        name: (bucket.step.new!.inputs as { name: string }).name,
      },
      context: settings.cluster.context,
    };
  } finally {
    served.close();
    folder.remove();
  }
}

/**
 * The file for what exists, with the components and the providers that it needs.
 *
 * @param ids Import id of each, by the resource's name in the program.
 */
export function cutTo(file: ImportFile, ids: ReadonlyMap<string, string>): ImportFile {
  const byName = new Map(file.resources.map((resource) => [resource.name, resource]));
  const idOf = ({ type, name, logicalName }: ImportedResource) =>
    Object.values(types).includes(type) ? ids.get(logicalName ?? name) : undefined;
  const kept = new Set<ImportedResource>();
  for (const resource of file.resources.filter(idOf)) {
    let next: ImportedResource | undefined = resource;
    for (; next; next = byName.get(next.parent ?? "")) kept.add(next);
  }
  const resources = file.resources
    .filter((resource) => kept.has(resource))
    .map((resource) => ({ ...resource, ...(idOf(resource) && { id: idOf(resource) }) }));
  const used = (name: string) => resources.some(({ provider }) => provider === name);
  const ofUsed = <T>(table: Record<string, T>) => Object.entries(table).filter(([name]) => used(name));
  return {
    nameTable: Object.fromEntries(ofUsed(file.nameTable)),
    resources,
    providerInputs: Object.fromEntries(
      // The provider finds its kubeconfig by itself; whose it was here does not matter there.
      ofUsed(file.providerInputs ?? {}).map(([name, { kubeconfig: _, ...inputs }]) => [name, inputs]),
    ),
  };
}
