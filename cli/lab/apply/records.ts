import { createHash } from "node:crypto";
import { systemNamespace as namespace } from "../../../components/common/addOnNamespaces.js";
import type { Values } from "../../plan/providers/standIn.js";
import type { Api } from "./api.js";
import type { Definitions } from "./definitions.js";
import type { ReleaseName } from "./release.js";

/** A release that is recorded, not installed. */
export interface RecordedRelease extends ReleaseName {
  urn: string;
  chart: string;
  version: string;
  /** File that its CustomResourceDefinitions are from, if it was at hand. */
  definitions?: string;
}

/** What a recorded release says in place of Helm's status. */
export const recordedStatus = "recorded, not installed";

const label = "cluster-security.lab/recorded-release";
/** Releases whose charts could not be had. They are noted in the cluster, so that a report needs nothing but the cluster. */
export class Records {
  constructor(
    private readonly api: Api,
    private readonly definitions: Definitions,
  ) {}

  /** Notes a release and installs its definitions, `<chart>-<version>.yaml`, where they are at hand. */
  async add(release: ReleaseName, { chart, version }: Values, urn: string): Promise<Values> {
    const name = (chart as string).slice((chart as string).lastIndexOf("/") + 1);
    const file = `${name}-${version}.yaml`;
    const installed = await this.definitions.install(file);
    const data = { urn, ...release, chart, version, ...(installed && { definitions: file }) };
    await this.api.apply({ ...noteOf(release), data }, { manager: "lab", force: true });
    return { ...release, chart, version, status: recordedStatus };
  }

  async has(release: ReleaseName): Promise<boolean> {
    return (await this.api.get(noteOf(release))) !== undefined;
  }

  async remove(release: ReleaseName): Promise<void> {
    await this.api.delete(noteOf(release), "Background");
  }
}

/** Every release that is recorded in the cluster, by name. */
export async function recordedReleases(api: Api): Promise<RecordedRelease[]> {
  const query = { labelSelector: label };
  const notes = await api.list("v1", { name: "configmaps" }, query, namespace);
  const found = await Promise.all(
    notes.map(({ metadata }) => api.get({ apiVersion: "v1", kind: "ConfigMap", metadata })),
  );
  return found
    .flatMap((note) => (note ? [note["data"] as RecordedRelease] : []))
    .sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
}

function noteOf(release: ReleaseName): Values {
  const id = createHash("sha256").update(`${release.namespace}/${release.name}`).digest("hex").slice(0, 8);
  const metadata = { name: `recorded-release-${id}`, namespace, labels: { [label]: "true" } };
  return { apiVersion: "v1", kind: "ConfigMap", metadata };
}
