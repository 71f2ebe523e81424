import { admissionObjects } from "../../../../components/access/admission/objects.js";
import { admissionArgs } from "../../../../stacks/sections/access.js";
import type { Api } from "../../../../stacks/kubernetes/api.js";
import { ApiError } from "../../../../stacks/kubernetes/apiError.js";
import { failed, proved, unchecked, type Finding } from "../../claim.js";
import { list, read } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { bindingKind, pathOf, restored } from "./admissionPaths.js";

/** What the API server says of an object that it is shown, and does not keep. */
export type AdmissionTrial = {
  /** Kind, namespace and name of what was tried. */
  title: string;
} & ({ breaches: string[] } | { untried: string });

/** Has the API server judge an object by the policies, without creating it. */
export async function tried(
  api: Api,
  title: string,
  collection: string,
  body: object,
): Promise<AdmissionTrial> {
  const answer = await api.request({
    method: "POST",
    path: `${collection}?dryRun=All`,
    patient: true,
    body,
  });
  // The object is there already: this is found after the policies were asked.
  if (answer.status === 201 || answer.status === 409) {
    const breaches = answer.warnings.flatMap(
      (warning) => /'cluster-security-[a-z-]+' with binding '[a-z-]+': ([^]*)/.exec(warning)?.[1] ?? [],
    );
    return { title, breaches };
  }
  const { message } = new ApiError(answer.status, answer.body);
  const denied = /'cluster-security-[a-z-]+' with binding '[a-z-]+' denied request: ([^]*)/.exec(
    message,
  )?.[1];
  if (denied !== undefined) return { title, breaches: [denied] };
  // What exists already counts.
  if (/exceeded quota/.test(message)) return { title, breaches: [] };
  return { title, untried: message };
}

/**
 * What a number of trials show.
 *
 * @param says What is said before the breaches, and what if there are none.
 */
export function judgedByPolicies(trials: AdmissionTrial[], says: { broken: string; kept: string }): Finding {
  const breaches = trials.flatMap((trial) =>
    "breaches" in trial ? trial.breaches.map((breach) => `${trial.title}: ${breach}`) : [],
  );
  if (breaches.length > 0) return failed(`${says.broken}: ${[...new Set(breaches)].join("; ")}`);
  const untried = trials.flatMap((trial) => ("untried" in trial ? [`${trial.title}: ${trial.untried}`] : []));
  if (untried.length > 0) return unchecked(`could not be tried: ${untried.join("; ")}`);
  return proved(says.kept);
}

/** Why nothing is judged; undefined where every policy is bound. */
export async function unboundPolicy({ api, settings }: Target): Promise<Finding | undefined> {
  for (const { name } of admissionObjects(admissionArgs(settings))) {
    if (await read(api, pathOf(bindingKind, name))) continue;
    return unchecked(`there is no ${bindingKind} ${name}, so that nothing is judged; ${restored}`);
  }
  return undefined;
}

/** The isolated namespaces that exist. */
export async function isolatedIn({ api, settings }: Target): Promise<string[]> {
  const found = (await list(api, "/api/v1/namespaces")) ?? [];
  const there = new Set(found.map(({ metadata }) => metadata.name));
  return admissionArgs(settings).namespaces.filter((each) => there.has(each));
}
