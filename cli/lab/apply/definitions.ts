import { execFileSync } from "node:child_process";
import { until } from "../../kit/until.js";
import { definitionTexts } from "../../plan/providers/kubernetes/definitions.js";
import type { Values } from "../../plan/providers/standIn.js";
import type { ObjectApi } from "./objectApi.js";

/** Marks a definition made here, which takes any content; the report says so. */
const openLabel = "cluster-security.lab/open-schema";

/** A kind that a definition serves. */
export interface CustomKind {
  apiVersion: string;
  kind: string;
  namespaced: boolean;
}

const definitionsApi = "apiextensions.k8s.io/v1";
const resource = { name: "customresourcedefinitions" };

/** Gives the cluster the CustomResourceDefinitions that nobody else installs there. */
export class DefinitionInstaller {
  /** Being made, by kind: several objects of a kind come at the same time. */
  private readonly making = new Map<string, Promise<void>>();

  /** @param folder Folder with definitions in YAML. Default: none. */
  constructor(
    private readonly api: ObjectApi,
    readonly folder?: string,
  ) {}

  /** Installs definitions that a tool has printed, one JSON document after another's line of three dashes. */
  async installPrinted(documents: string): Promise<void> {
    const definitions = documents
      .split(/^---$/m)
      .filter((text) => text.trim() !== "")
      .map((text) => JSON.parse(text) as Values);
    // The status is empty, and the API server rejects it.
    await Promise.all(
      definitions.map(({ status: _, ...definition }) =>
        this.send(JSON.stringify(definition), definition["metadata"].name as string),
      ),
    );
  }

  /** Sees to it that the kind is served: by what the cluster has, else by the folder's definition, else by an open one. */
  async ensure(custom: CustomKind): Promise<void> {
    if (await this.api.kindOf(custom)) return;
    // Groups without a dot are Kubernetes' own.
    if (!groupOf(custom).includes(".")) return;
    const key = `${custom.apiVersion} ${custom.kind}`;
    if (!this.making.has(key)) {
      this.making.set(
        key,
        this.make(custom).finally(() => this.making.delete(key)),
      );
    }
    await this.making.get(key);
  }

  /** Names of the definitions that were made here. */
  async open(): Promise<string[]> {
    const query = { labelSelector: openLabel };
    const found = await this.api.list(definitionsApi, resource, query);
    return found.map(({ metadata }) => metadata.name as string).sort();
  }

  private make(custom: CustomKind): Promise<void> {
    const text = definitionTexts(this.folder).get(`${groupOf(custom)}/${custom.kind}`);
    // Sent as it is: to parse a large definition here takes longer than all the rest.
    if (text !== undefined) return this.send(text, /^ {2}name: *["']?([\w.-]+)/m.exec(text)![1]!);
    const open = openDefinition(custom);
    return this.send(JSON.stringify(open), open["metadata"].name as string);
  }

  private async send(text: string, name: string): Promise<void> {
    const { spec } = await this.api.call(`/apis/${definitionsApi}/${resource.name}/${name}`, {
      method: "PATCH",
      query: { fieldManager: "lab", force: "true" },
      body: { type: "application/apply-patch+yaml", content: text },
    });
    const { name: version } = (spec.versions as Values[]).find(({ served }) => served)!;
    const custom = { apiVersion: `${spec.group}/${version}`, kind: spec.names.kind as string };
    const seconds = 60;
    // It takes a few seconds where the machine is busy.
    await until(() => this.api.kindOf(custom), `${name} is not served after ${seconds} s`, { seconds });
  }
}

function groupOf({ apiVersion }: CustomKind): string {
  return apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
}

/** A definition without rules for what its objects hold. */
export function openDefinition(custom: CustomKind): Values {
  const group = groupOf(custom);
  const singular = custom.kind.toLowerCase();
  const plural = pluralOf(singular);
  return {
    apiVersion: definitionsApi,
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      labels: { [openLabel]: "true" },
      // Without it no group that ends in k8s.io takes a definition that its project has not published.
      ...(group.endsWith(".k8s.io") && {
        annotations: { "api-approved.kubernetes.io": "unapproved, an open definition for the lab" },
      }),
    },
    spec: {
      group,
      names: { kind: custom.kind, listKind: `${custom.kind}List`, plural, singular },
      scope: custom.namespaced ? "Namespaced" : "Cluster",
      versions: [
        {
          name: custom.apiVersion.split("/")[1],
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  };
}

/** As Kubernetes' own code generator forms plurals. */
function pluralOf(singular: string): string {
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(singular) ? `${singular}es` : `${singular}s`;
}

/** Definitions of Cilium's policies, from Cilium's own code. */
export function ciliumDefinitions(ciliumPolicy: string): string {
  return execFileSync(ciliumPolicy, ["definitions"], { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });
}
