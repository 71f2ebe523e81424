import { UserError } from "../../kit/userError.js";
import type { Package } from "./packages.js";

export const providerModes = ["official", "stand-in", "auto"] as const;

/**
 * `official`: Pulumi's own plugins; what is missing is downloaded, or the lab does not start.
 * `stand-in`: none but that of Kubernetes, which the lab runs. `auto`: those that are on this machine or can be downloaded.
 * The package oci has its stand-in in every mode.
 */
export type ProviderMode = (typeof providerModes)[number];

/** What serves one package. */
export type Provider = Package & ({ official: true; plugin: string } | { official: false; why: string });

/** Where plugins and charts come from. */
export interface Means {
  /** Folder of a plugin that is on this machine. */
  find(wanted: Package): string | undefined;
  /** Why a plugin, and so the others, cannot be downloaded, found out within seconds; undefined if it can. */
  offline(wanted: Package): Promise<string | undefined>;
  /** Downloads a plugin and answers with its folder; rejects with the reason. */
  download(wanted: Package): Promise<string>;
  /** Why charts cannot be had from their repositories, one line each. */
  chartProblems(): Promise<string[]>;
}

export interface ChoiceRequest {
  mode: ProviderMode;
  packages: readonly Package[];
  /** True where the charts are to be taken from a folder of archives. */
  archives: boolean;
  means: Means;
}

/** The one that installs charts, and takes them from their repositories alone. */
const installer = "kubernetes";

/** The one whose plugin has nothing to talk to: no server here takes the place of Oracle Cloud. */
const recorded = "oci";

/**
 * Decides what serves each package.
 *
 * @throws UserError in mode official, naming what is missing and how to install it.
 */
export async function chooseProviders(request: ChoiceRequest): Promise<Provider[]> {
  const packages = request.packages.filter(({ name }) => name !== recorded);
  const chosen = await choose({ ...request, packages });
  const always = standIn("in every lab: its resources are recorded, none is made in Oracle Cloud");
  return request.packages.map((wanted) => chosen.find(({ name }) => name === wanted.name) ?? always(wanted));
}

function choose(request: ChoiceRequest): Promise<Provider[]> {
  switch (request.mode) {
    case "official":
      return official(request);
    case "auto":
      return mixed(request);
    case "stand-in":
      return Promise.resolve(request.packages.map(standIn("asked for")));
  }
}

async function official({ packages, archives, means }: ChoiceRequest): Promise<Provider[]> {
  if (archives) {
    throw new UserError(
      "--charts is not for the official kubernetes plugin, which takes charts from their repositories. Leave it out, or give --providers auto",
    );
  }
  const found = await Promise.all(packages.map((wanted) => plugin(wanted, means)));
  const missing = found.filter((provider) => !provider.official);
  if (missing.length > 0) {
    throw new UserError(
      [
        "--providers official: plugins are not on this machine and cannot be downloaded",
        ...missing.map(({ name, version, why }) => `  ${name} ${version}: ${why}`),
        "Install them where there is a network, or give --providers auto:",
        ...missing.map(({ name, version }) => `  pulumi plugin install resource ${name} v${version}`),
      ].join("\n"),
    );
  }
  const problems = await means.chartProblems();
  if (problems.length > 0) {
    throw new UserError(
      [
        "--providers official: the official kubernetes plugin takes charts from their repositories, and some cannot be had",
        ...problems.map((problem) => `  ${problem}`),
        "With --providers auto, or stand-in, their releases are recorded instead.",
      ].join("\n"),
    );
  }
  return found;
}

async function mixed({ packages, archives, means }: ChoiceRequest): Promise<Provider[]> {
  const installs = ({ name }: Package) => name === installer;
  // Asked once, and only where the answer matters: it may take seconds.
  const network = packages.find((wanted) => (installs(wanted) ? !archives : !means.find(wanted)));
  const offline = network ? await means.offline(network) : undefined;
  return Promise.all(
    packages.map(async (wanted) => {
      if (installs(wanted)) {
        if (archives) return standIn("which takes the archives of --charts")(wanted);
        const [problem] = offline === undefined ? await means.chartProblems() : [offline];
        if (problem !== undefined) return standIn(`no network for its charts: ${problem}`)(wanted);
      }
      return offline === undefined || means.find(wanted)
        ? plugin(wanted, means)
        : standIn(`not on this machine, and no network: ${offline}${enough}`)(wanted);
    }),
  );
}

async function plugin(wanted: Package, { find, download }: Means): Promise<Provider> {
  const found = find(wanted);
  if (found !== undefined) return { ...wanted, official: true, plugin: found };
  return download(wanted).then(
    (plugin) => ({ ...wanted, official: true, plugin }),
    (error: Error) => standIn(error.message)(wanted),
  );
}

/** Ends a reason that somebody might want to mend. */
const enough = "; nothing is to be done, the stand-in is enough";

const standIn =
  (why: string) =>
  (wanted: Package): Provider & { official: false } => ({ ...wanted, official: false, why });

/** What served which package, for the report: a line for all official ones, and one for each reason to have another. */
export function describeProviders(providers: readonly Provider[]): string[] {
  const groups = new Map<string, string[]>();
  for (const provider of providers) {
    const [before, name, after] = describe(provider);
    const key = `${before}: |${after}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups].map(([line, names]) => line.replace("|", names.join(", ")));
}

function describe(provider: Provider): [before: string, name: string, after: string] {
  const { name, version } = provider;
  if (provider.official) return ["official", `${name} ${version}`, ""];
  return [name === installer ? "Pulumi's plugin, run by the lab" : "stand-in", name, ` (${provider.why})`];
}
