import type { ChartName } from "../../../../components/common/charts.js";
import { judged, unchecked, type Finding } from "../../claim.js";
import { create, read } from "../../cluster/objects.js";
import type { Target } from "../../cluster/target.js";
import { missingRelease } from "../../cluster/workloads.js";

/**
 * What a ServiceAccount may and may not do. A right is written as `kubectl auth can-i` takes it, `verb
 * resource.group/subresource`, with `in namespace` where it is meant for one, and `named name` for one object; without,
 * it is asked for the whole cluster.
 */
export interface Rights {
  namespace: string;
  serviceAccount: string;
  /** What brings it: a chart of this program, or somebody else, who may well be absent. Default: it is always there. */
  from?: { chart: ChartName } | { absentMeans: string };
  may: string[];
  mayNot: string[];
}

/** `spec.resourceAttributes` of a SubjectAccessReview. */
export interface ResourceAttributes {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

const form = /^(\S+) ([^\s./]+)(?:\.([^\s/]+))?(?:\/(\S+))?(?: in (\S+))?(?: named (\S+))?$/;

export function attributesOf(right: string): ResourceAttributes {
  const parts = form.exec(right);
  if (!parts)
    throw new Error(`"${right}" is not of the form: verb resource.group/subresource in namespace named name`);
  const [, verb, resource, group = "", subresource, namespace, name] = parts;
  return {
    verb: verb!,
    resource: resource!,
    group,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

/** Asks the API server itself, with whatever authorizers it has. */
async function isAllowed(target: Target, user: string, groups: string[], right: string): Promise<boolean> {
  const review = await create<{ status: { allowed: boolean } }>(
    target.api,
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user, groups, resourceAttributes: attributesOf(right) },
    },
    // Nothing is kept of it.
    { patient: true },
  );
  return review.status.allowed;
}

/** Whether a ServiceAccount has exactly these of the rights. */
export async function reviewed(target: Target, rights: Rights): Promise<Finding> {
  const { namespace, serviceAccount, from, may, mayNot } = rights;
  const account = `ServiceAccount ${namespace}/${serviceAccount}`;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}`;
  if (from && (await read(target.api, path)) === undefined) {
    const absent = `${account} does not exist`;
    return "chart" in from
      ? missingRelease(target, from.chart, absent)
      : unchecked(`${absent}: ${from.absentMeans}`);
  }
  const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  const problems: string[] = [];
  for (const right of may) {
    if (!(await isAllowed(target, user, groups, right))) problems.push(`${account} may not ${right}`);
  }
  for (const right of mayNot) {
    if (await isAllowed(target, user, groups, right)) problems.push(`${account} may ${right}`);
  }
  return judged(problems, `${account} may ${briefly(may)}; refused: ${briefly(mayNot)}`);
}

/** Without API groups, which make a list of rights long and hardly clearer. */
function briefly(rights: string[]): string {
  return rights.map((right) => right.replace(/\.[a-z][^\s/]*/, "")).join(", ") || "nothing";
}
