import { admissionObjects, type AdmissionObjects } from "../../../../components/access/admission/objects.js";
import { admissionArgs } from "../../../../stacks/sections/access.js";
import { judged, type Finding } from "../../claim.js";
import { ApiError } from "../../../../stacks/kubernetes/apiError.js";
import { read, type KubeObject } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { apiVersion, bindingKind, pathOf, policyKind, restored } from "./admissionPaths.js";

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
  kind: typeof policyKind | typeof bindingKind,
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
      apiVersion,
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
