import { admissionObjects, type AdmissionObjects } from "../../../../components/access/admission/objects.js";
import { admissionArgs } from "../../../../stacks/sections/access.js";
import { failed, judged, proved, unchecked, type Finding } from "../../claim.js";
import { ApiError } from "../../../kit/kubernetes/apiError.js";
import { list, read, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { workloadsIn, type Workload } from "./podTemplates.js";

const group = "admissionregistration.k8s.io/v1";
const policyKind = "ValidatingAdmissionPolicy";
const bindingKind = "ValidatingAdmissionPolicyBinding";
const restored = "run pulumi up --refresh";

const pathOf = (kind: string, name: string): string =>
  `/apis/${group}/${kind === policyKind ? "validatingadmissionpolicies" : "validatingadmissionpolicybindings"}/${name}`;

type Specified = KubeObject & { metadata: { resourceVersion: string }; spec: Record<string, unknown> };

/** Whether the policies and their bindings are in the cluster as the stack makes them. */
export async function admissionAsSet(target: Target): Promise<Finding> {
  const args = admissionArgs(target.settings);
  const wanted = admissionObjects(args);
  const problems: string[] = [];
  for (const { name, policy, binding } of wanted) {
    problems.push(...(await differences(target, policyKind, name, policy)));
    problems.push(...(await differences(target, bindingKind, name, binding)));
  }
  return judged(
    problems,
    `${wanted.map(({ name }) => name).join(", ")}: as the stack makes them, with ` +
      `${wanted[0]!.binding.validationActions.join(" and ")} (access.admission.action ${args.action})`,
  );
}

/** The API server fills in defaults; so it is asked what it would make of the stack's object. */
async function differences(
  { api }: Target,
  kind: string,
  name: string,
  spec: AdmissionObjects["policy"] | AdmissionObjects["binding"],
): Promise<string[]> {
  const path = pathOf(kind, name);
  const live = await read<Specified>(api, path);
  if (!live) return [`there is no ${kind} ${name}; ${restored}`];
  const answer = await api.request({
    method: "PUT",
    path: `${path}?dryRun=All`,
    patient: true,
    body: {
      apiVersion: group,
      kind,
      metadata: { name, resourceVersion: live.metadata.resourceVersion },
      spec,
    },
  });
  if (answer.status !== 200) throw new ApiError(answer.status, answer.body, `PUT ${path}`);
  const wanted = (JSON.parse(answer.body) as Specified).spec;
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(live.spec)])].filter(
    (field) => JSON.stringify(wanted[field]) !== JSON.stringify(live.spec[field]),
  );
  if (fields.length === 0) return [];
  const actions = live.spec["validationActions"] as string[] | undefined;
  const what = fields.map((field) =>
    field === "validationActions" ? `validationActions are ${actions?.join(" and ") ?? "none"}` : field,
  );
  return [`${kind} ${name} is not as the stack makes it: ${what.join(", ")}; ${restored}`];
}

/** What the API server says of a pod of a workload. */
type Trial = { workload: Workload } & ({ breaches: string[] } | { untried: string });

/**
 * Whether what runs in the isolated namespaces keeps to the rules. A pod that a controller makes anew is judged as any
 * other: what ran before the policies does not come back under deny when a pod of it is evicted, or its node was away for
 * long. The API server itself judges a pod of each workload, and makes none (dryRun).
 */
export async function workloadsKeepRules(target: Target): Promise<Finding> {
  const { namespaces, action } = admissionArgs(target.settings);
  const policies = admissionObjects(admissionArgs(target.settings)).map(({ name }) => name);
  for (const name of policies) {
    if (await read(target.api, pathOf(bindingKind, name))) continue;
    return unchecked(`there is no ${bindingKind} ${name}, so that nothing is judged; ${restored}`);
  }
  const there = new Set(
    ((await list(target.api, "/api/v1/namespaces")) ?? []).map(({ metadata }) => metadata.name),
  );
  const trials: Trial[] = [];
  for (const namespace of namespaces.filter((each) => there.has(each))) {
    for (const workload of await workloadsIn(target.api, namespace))
      trials.push(await tried(target, workload));
  }
  const named = (trial: Trial, text: string): string =>
    `${trial.workload.kind} ${trial.workload.namespace}/${trial.workload.name}: ${text}`;
  const breaches = trials.flatMap((trial) =>
    "breaches" in trial ? trial.breaches.map((breach) => named(trial, breach)) : [],
  );
  if (breaches.length > 0) {
    const then = action === "deny" ? "do not come back" : "would not come back under deny";
    return failed(`${then} once their pods end: ${[...new Set(breaches)].join("; ")}`);
  }
  const untried = trials.flatMap((trial) => ("untried" in trial ? [named(trial, trial.untried)] : []));
  if (untried.length > 0) return unchecked(`could not be tried: ${untried.join("; ")}`);
  return proved(
    trials.length === 0
      ? "there is no workload in an isolated namespace"
      : `${trials.length} workloads in ${[...new Set(trials.map(({ workload }) => workload.namespace))].join(", ")}: ` +
          "each may make its pods anew",
  );
}

async function tried({ api }: Target, workload: Workload): Promise<Trial> {
  const { namespace, pod } = workload;
  const answer = await api.request({
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/pods?dryRun=All`,
    patient: true,
    body: pod,
  });
  if (answer.status === 201) {
    const breaches = answer.warnings.flatMap(
      (warning) => /'cluster-security-[a-z-]+' with binding '[a-z-]+': ([^]*)/.exec(warning)?.[1] ?? [],
    );
    return { workload, breaches };
  }
  const { message } = new ApiError(answer.status, answer.body);
  const denied = /'cluster-security-[a-z-]+' with binding '[a-z-]+' denied request: ([^]*)/.exec(
    message,
  )?.[1];
  if (denied !== undefined) return { workload, breaches: [denied] };
  // The pod that runs already counts.
  if (/exceeded quota/.test(message)) return { workload, breaches: [] };
  return { workload, untried: message };
}
