import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { definitionDocuments } from "../../kit/charts.js";
import type { Values } from "../../plan/providers/standIn.js";
import type { Api } from "./api.js";

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
/** How long a definition takes to be served; a few seconds where the machine is busy. */
const servedSeconds = 60;

/** Gives the cluster the CustomResourceDefinitions that nobody else installs there. */
export class Definitions {
  /** Being made, by kind: several objects of a kind come at the same time. */
  private readonly making = new Map<string, Promise<void>>();

  /** @param folder Folder with definitions in YAML, `<chart or project>-<version>.yaml`. Default: none. */
  constructor(
    private readonly api: Api,
    private readonly folder?: string,
  ) {}

  /** Installs a file of definitions; false where it is not at hand. */
  async install(file: string): Promise<boolean> {
    const path = join(this.folder ?? "", file);
    if (this.folder === undefined || !existsSync(path)) return false;
    await Promise.all(definitionDocuments(readFileSync(path, "utf8")).map((text) => this.apply(text)));
    return true;
  }

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
    return this.apply(this.published(custom) ?? stringify(openDefinition(custom)));
  }

  /** Sends the text as it is: to parse a large definition here takes longer than all the rest. */
  private apply(text: string): Promise<void> {
    return this.send(text, /^ {2}name: *["']?([\w.-]+)/m.exec(text)![1]!);
  }

  private async send(text: string, name: string): Promise<void> {
    const { spec } = await this.api.call(`/apis/${definitionsApi}/${resource.name}/${name}`, {
      method: "PATCH",
      query: { fieldManager: "lab", force: "true" },
      body: { type: "application/apply-patch+yaml", content: text },
    });
    const { name: version } = (spec.versions as Values[]).find(({ served }) => served)!;
    const custom = { apiVersion: `${spec.group}/${version}`, kind: spec.names.kind as string };
    const deadline = performance.now() + servedSeconds * 1000;
    while (!(await this.api.kindOf(custom))) {
      if (performance.now() > deadline) throw new Error(`${name} is not served after ${servedSeconds} s`);
      await sleep(100);
    }
  }

  private published(custom: CustomKind): string | undefined {
    if (this.folder === undefined || !existsSync(this.folder)) return undefined;
    return readdirSync(this.folder)
      .filter((file) => /\.ya?ml$/.test(file))
      .flatMap((file) => definitionDocuments(readFileSync(join(this.folder!, file), "utf8")))
      .find(
        (text) =>
          new RegExp(`^ {2}group: *["']?${groupOf(custom)}["']?$`, "m").test(text) &&
          new RegExp(`^ {4}kind: *["']?${custom.kind}["']?$`, "m").test(text),
      );
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
