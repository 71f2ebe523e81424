import { auditQueries } from "../../../components/audit/auditQueries.js";
import { apiServers, flagProblems, unknownFlags } from "../cluster/apiServer.js";
import { activityOf, type Activity, type Level } from "../checks/audit/activity.js";
import { forwardingClaims } from "../checks/audit/forwarding.js";
import {
  describeDeed,
  podExec,
  rbacChanges,
  secretAccess,
  whoChanged,
  type Deed,
} from "../checks/audit/questions.js";
import { failed, judged, proved, unchecked, type Concern, type Finding } from "../claim.js";
import { howToReachTheNode, isOwnerOnly, octal } from "../cluster/node.js";
import type { Target } from "../cluster/target.js";

export const apiActivity: Concern = {
  concern: "API activity visibility",
  mitigation: "kube-apiserver audit logging → Loki",
  claims: [
    {
      claim: "The API server has an audit policy and an audit log (--audit-policy-file, --audit-log-path)",
      check: flags,
    },
    { claim: "Every request is logged at the level its policy promises", check: fromLog(levels) },
    { claim: "The audit log gives no Secret to anybody but root", check: fromLog(secrets) },
    {
      claim: auditQueries.changes.question,
      check: fromLog(({ namespace }, { events }) =>
        answer(whoChanged(events, { group: "", resource: "secrets", namespace, name: "audited" }), [
          "create",
          "delete",
        ]),
      ),
    },
    {
      claim: auditQueries.secretAccess.question,
      check: fromLog(({ namespace }, { events }) =>
        answer(within(namespace, secretAccess(events)), ["get", "list", "delete"]),
      ),
    },
    {
      claim: auditQueries.podExec.question,
      check: fromLog(({ namespace }, { events }) =>
        answer(within(namespace, podExec(events)), ["create", "create"]),
      ),
    },
    {
      claim: auditQueries.rbacChanges.question,
      check: fromLog(({ namespace }, { events }) =>
        answer(within(namespace, rbacChanges(events)), ["create", "delete"]),
      ),
    },
    ...forwardingClaims,
  ],
};

const required = ["audit-policy-file", "audit-log-path"] as const;
/** Without them the log grows until the disk is full. */
const rotation = ["audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize"] as const;

async function flags(target: Target): Promise<Finding> {
  const servers = await apiServers(target);
  if (servers.length === 0) return unknownFlags;
  const problems = flagProblems(servers, (flags) =>
    [...required, ...rotation].filter((name) => !flags[name]).map((name) => `no --${name}`),
  );
  const { node } = target;
  const log = node?.flags("kube-apiserver")?.["audit-log-path"];
  if (node && log && !node.exists(log)) problems.push(`the API server of the node writes no ${log}`);
  const evidence = servers.map(
    ({ source, flags }) => `${source}: ${[...required, ...rotation].map((name) => flags[name]).join(", ")}`,
  );
  return judged(problems, evidence.join("; "));
}

type Log = NonNullable<Activity["log"]>;

/** A check of what the log says about our own activity. */
function fromLog(check: (activity: Activity, log: Log, target: Target) => Finding) {
  return async (target: Target): Promise<Finding> => {
    if (!target.node) return unchecked(`needs the audit log on the node; ${howToReachTheNode}`);
    const activity = await activityOf(target);
    if (!activity.log) return failed("the API server has no audit log on the node");
    const known = new Set(activity.tried.map(({ auditId }) => auditId));
    if (!activity.log.events.some(({ auditID }) => known.has(auditID))) {
      return failed(
        `none of ${known.size} requests is in ${activity.log.file}; does the kubeconfig lead to this node's API server?`,
      );
    }
    return check(activity, activity.log, target);
  };
}

function levels({ tried }: Activity, { events }: Log, { settings }: Target): Finding {
  const policy = settings.controlPlane.audit.secretsLevel;
  const written = new Map(events.map(({ auditID, level }) => [auditID, level]));
  const found = tried.map(({ what, auditId, level }) => ({
    what,
    promised: level[policy],
    level: written.get(auditId) ?? ("None" satisfies Level),
  }));
  return judged(
    found
      .filter(({ promised, level }) => promised !== level)
      .map(({ what, promised, level }) => `${what}: ${level}, not ${promised}`),
    found.map(({ what, level }) => `${what} ${level}`).join(", "),
  );
}

function secrets({ needle }: Activity, { text, file }: Log, { settings, node }: Target): Finding {
  const mode = node!.mode(file);
  const isThere = [needle, btoa(needle)].some((form) => text.includes(form));
  const chosen = settings.controlPlane.audit.secretsLevel === "RequestResponse";
  const evidence = isThere
    ? "values are in it, as secretsLevel RequestResponse has it"
    : "the value of a Secret that was written and read is in no line";
  return judged(
    [
      ...(isThere && !chosen ? [`the value of a Secret is in ${file}`] : []),
      ...(isOwnerOnly(mode) ? [] : [`${file} has mode ${octal(mode)}`]),
    ],
    `${evidence}; ${file} has mode ${octal(mode)}`,
  );
}

const within = <T extends Deed>(namespace: string, deeds: T[]): T[] =>
  deeds.filter((deed) => deed.namespace === namespace);

/** The log answers the question when it names the user and exactly what was done. */
function answer(deeds: Deed[], verbs: string[]): Finding {
  const found = deeds.map(({ verb }) => verb);
  const isWhole = verbs.every((verb, index) => found[index] === verb) && found.length === verbs.length;
  if (!isWhole) return failed(`of ${verbs.join(" and ")} the log names ${found.join(" and ") || "nothing"}`);
  return proved(deeds.map(describeDeed).join("; "));
}
