import * as pulumi from "@pulumi/pulumi";
import { isolationNotes } from "./isolationRules.js";
import { mutatesByPolicy } from "./derived/kubernetesVersion.js";
import { existingValues, sealingCertificates, type GuardedValue } from "./existing.js";
import { describe, problemsOf, SettingsError } from "./problems.js";
import { crossFieldProblems } from "./rules.js";
import { settingsSchema, type Settings } from "./schema.js";
import { placeholderFor } from "./secretText.js";

export { SettingsError } from "./problems.js";
export type { Settings } from "./schema.js";

/** The project whose configuration namespace holds the settings: `cluster-security:cluster` and so on. */
export const projectName = "cluster-security";

/**
 * The raw settings in a program's configuration, or in the `config` of a stack file: the keys of this project's
 * namespace. Values that are text in JSON, as the engine gives them, are read.
 */
export function settingsOf(config: Record<string, unknown>): Record<string, unknown> {
  const prefix = `${projectName}:`;
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), typeof value === "string" ? fromJson(value) : value]),
  );
}

function fromJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** What a parse found besides the settings themselves. */
export interface ParsedSettings {
  settings: Settings;
  /** Things the user should know before applying, one sentence each. */
  notes: string[];
  /** Values that guard existing data, or that only others give out, and are not given; with the way to give them. */
  missing: string[];
  /** Given values that have to be those of the cluster, where one exists. */
  guarded: GuardedValue[];
}

/**
 * Parses the settings of one environment: every key known, every value well-formed, every rule between them kept.
 * Values that have to be given and are not are listed in `missing` and stand as placeholders, so that a plan is possible; whoever applies must refuse to go on while the list is not empty.
 *
 * @param raw One entry per top-level key, secrets either resolved or as `{secure: …}` (then placeholders).
 * @param stack Name of the stack, for the commands in messages.
 * @throws SettingsError with one line per problem.
 */
export function parseSettings(raw: unknown, stack: string): ParsedSettings {
  const parsed = settingsSchema.safeParse(raw, { reportInput: true });
  if (!parsed.success) throw new SettingsError(problemsOf(parsed.error, settingsSchema).map(describe));
  const settings = parsed.data;
  const problems = crossFieldProblems(settings);
  if (problems.length > 0) throw new SettingsError(problems.map(describe));

  const existing = existingValues(settings);
  const missing = existing.filter((value) => !value.given && (settings.cluster.existing || value.givenOut));
  const guarded = existing.flatMap(({ path, what, living, value, set }): GuardedValue[] =>
    living && value ? [{ path, what, living, value, take: (text) => set(pulumi.secret(text)) }] : [],
  );
  for (const value of missing) value.set(placeholderFor(value.format, value.path));
  return {
    settings,
    notes: notesOf(settings),
    guarded: settings.cluster.existing ? [...guarded, ...sealingCertificates(settings)] : [],
    missing: missing.map(
      (value) =>
        `${value.path}: ${value.givenOut ? `${value.what} cannot be generated` : `the cluster exists, so ${value.what} is not generated`}.\n` +
        `      read it: ${value.read}\n` +
        `      give it: pulumi config set --stack ${stack} --secret --path '${projectName}:${value.path}'`,
    ),
  };
}

/** Settings that are allowed but do less, or risk more, than they seem to. */
function notesOf(settings: Settings): string[] {
  const { cluster, network, controlPlane, certificates, backups } = settings;
  const notes = isolationNotes(settings);
  if (network.encryption === "wireguard" && cluster.nodes.length === 1) {
    notes.push(
      "network.encryption wireguard has no effect on one node: Cilium encrypts traffic between nodes only.",
    );
  }
  if (controlPlane.delivery === "export" && cluster.nodes.some(({ ssh }) => ssh)) {
    notes.push("cluster.nodes[].ssh has no effect while controlPlane.delivery is export.");
  }
  if (controlPlane.audit.secretsLevel === "RequestResponse") {
    notes.push(
      "controlPlane.audit.secretsLevel RequestResponse writes the values of Secrets into the audit log on the node.",
    );
  }
  if (controlPlane.encryption.identityFallback) {
    notes.push(
      "controlPlane.encryption.identityFallback is on: Secrets that were never rewritten may still be stored in plain.",
    );
  }
  if (controlPlane.encryption.keys.find((key) => !key.retired)?.provider === "aescbc") {
    notes.push(
      "controlPlane.encryption writes with aescbc, which Kubernetes no longer recommends (padding oracle); secretbox replaces it.",
    );
  }
  if (backups.velero.schedules.length > 0 && !mutatesByPolicy(cluster.kubernetesVersion)) {
    notes.push(
      `cluster.kubernetesVersion ${cluster.kubernetesVersion} has no MutatingAdmissionPolicy (1.36 has): the Secrets of SealedSecrets are backed up, readable in the bucket, unless each SealedSecret has the label velero.io/exclude-from-backup: "true" in spec.template.metadata.labels.`,
    );
  }
  if (certificates.acme.environment === "staging") {
    notes.push("certificates.acme.environment staging issues certificates that browsers do not trust.");
  }
  return notes;
}
