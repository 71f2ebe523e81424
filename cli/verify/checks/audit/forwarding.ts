import { answerOf } from "../../../kit/until.js";
import { auditEvents, auditQueries, filledIn } from "../../../../components/audit/auditQueries.js";
import { alloyName } from "../../../../components/audit/auditShipping.js";
import { addOnNamespaces } from "../../../../components/common/addOnNamespaces.js";
import { lokiUrl } from "../../../../stacks/settings/derived/loki.js";
import { failed, judged, proved, unchecked, type Claim, type Finding } from "../../claim.js";
import { read } from "../../cluster/objects.js";
import { once } from "../../once.js";
import type { Target } from "../../cluster/target.js";
import { missingRelease, needsRealPods, notBrought } from "../../cluster/workloads.js";
import { activityOf, type Activity } from "./activity.js";

const secondsUntilForwarded = 60;

/** What of our own activity each of the saved queries has to find, as verb and resource. */
const forwardedDeeds: Record<keyof typeof auditQueries, string[]> = {
  changes: ["create secrets", "delete secrets"],
  secretAccess: ["get secrets", "list secrets", "delete secrets"],
  podExec: ["create pods/exec", "create pods/portforward"],
  rbacChanges: ["create rbac.authorization.k8s.io/roles", "delete rbac.authorization.k8s.io/roles"],
};
const questions = Object.keys(forwardedDeeds) as (keyof typeof auditQueries)[];

/** What Loki has of our own activity. */
interface Forwarded {
  activity: Activity;
  events: LokiEntry[];
  /** What it answers to the saved queries. */
  answers: Record<keyof typeof auditQueries, LokiEntry[]>;
}

/** What a cluster with a real Alloy and a real Loki shows; everywhere else these are unchecked. */
export const forwardingClaims: Claim[] = [
  {
    claim: "Grafana Alloy collects the audit log and forwards it to Loki",
    check: async (target) => {
      const forwarded = await forwardedBy(target);
      if ("status" in forwarded) return forwarded;
      return proved(`Loki has ${forwarded.events.length} events of this check`);
    },
  },
  {
    claim: "Loki gets no value of a Secret, no body of a request and no command run in a container",
    check: inLoki(withoutBodies),
  },
  { claim: "Loki answers the four questions with the dashboard's queries", check: inLoki(answered) },
];

/** The finding is for the first claim: why nothing is known of Loki. */
const forwardedBy = once(async (target: Target): Promise<Forwarded | Finding> => {
  const { api, settings } = target;
  const { auditLogs, monitoring } = settings;
  if (!auditLogs.enabled) return unchecked("auditLogs.enabled is false, so nothing is sent to Loki");
  const isOurs = auditLogs.mode === "release";
  const alloy = isOurs ? `${addOnNamespaces.auditLogs}/${alloyName}` : `${monitoring.namespace}/alloy`;
  const [namespace, name] = alloy.split("/") as [string, string];
  if (!(await read(api, `/apis/apps/v1/namespaces/${namespace}/daemonsets/${name}`))) {
    const missing = `there is no DaemonSet ${alloy}`;
    return isOurs ? missingRelease(target, "alloy", missing) : notBrought(missing);
  }
  const url = lokiUrl(settings);
  const loki = serviceOf(url);
  if (!loki) return unchecked(`Loki at ${url} is no Service of the cluster; ask it there`);
  const service = `/api/v1/namespaces/${loki.namespace}/services`;
  if (!(await read(api, `${service}/${loki.name}`))) {
    return notBrought(`there is no Service ${loki.namespace}/${loki.name}`);
  }
  if (target.simulatedPods) return needsRealPods("Alloy and Loki are there, but collect nothing");

  const activity = await activityOf(target);
  const last = activity.tried.at(-1)!;
  const ask = (expression: string): Promise<LokiEntry[]> =>
    entriesOf(target, `${service}/${loki.scheme}:${loki.name}:${loki.port}`, {
      query: filledIn(expression, { namespace: activity.namespace }),
    });
  const events = await answerOf(
    async () => {
      const entries = await ask(auditEvents);
      return entries.some(({ line }) => line.includes(last.auditId)) && entries;
    },
    { seconds: secondsUntilForwarded, pause: 2000 },
  );
  if (!events) {
    return failed(`Loki has no line of ${last.what}, ${last.auditId}, after ${secondsUntilForwarded} s`);
  }
  const answers = {} as Forwarded["answers"];
  for (const name of questions) answers[name] = await ask(auditQueries[name].expression);
  return { activity, events, answers };
});

/** A check of what Loki has; where it has nothing, there is nothing to check. */
function inLoki(check: (forwarded: Forwarded) => Finding) {
  return async (target: Target): Promise<Finding> => {
    const forwarded = await forwardedBy(target);
    return "status" in forwarded ? unchecked(forwarded.evidence) : check(forwarded);
  };
}

function withoutBodies({ activity: { needle }, events }: Forwarded): Finding {
  const lines = events.map(({ line }) => line).join("\n");
  const problems = [
    ...([needle, btoa(needle)].some((form) => lines.includes(form))
      ? ["Loki has the value of a Secret"]
      : []),
    ...(/"(requestObject|responseObject)":/.test(lines) ? ["Loki has bodies of requests"] : []),
    ...(/\/(exec|attach|portforward|proxy)\?/.test(lines)
      ? ["Loki has queries of connections into pods"]
      : []),
  ];
  return judged(problems, `none is in the ${events.length} events of this check`);
}

function answered({ answers }: Forwarded): Finding {
  const problems = questions.flatMap((name) => {
    const found = answers[name].map(({ labels }) => `${labels["verb"]} ${labels["resource"]}`);
    const unanswered = forwardedDeeds[name].filter((deed) => !found.includes(deed));
    return unanswered.length > 0
      ? [`"${auditQueries[name].question}" does not find ${unanswered.join(" and ")}`]
      : [];
  });
  return judged(problems, "each of them finds what this check did");
}

/** The Service behind an address inside the cluster; undefined for any other address. */
function serviceOf(
  url: string,
): { scheme: string; name: string; namespace: string; port: string } | undefined {
  const { protocol, hostname, port } = new URL(url);
  const [name, namespace, svc] = hostname.split(".");
  const scheme = protocol.replace(":", "");
  if (!name || !namespace || svc !== "svc") return undefined;
  return { scheme, name, namespace, port: port || (scheme === "https" ? "443" : "80") };
}

interface LokiEntry {
  labels: Record<string, string>;
  line: string;
}

/** Asks Loki through the API server, which reaches every Service. */
async function entriesOf(
  { api, settings }: Target,
  service: string,
  { query }: { query: string },
): Promise<LokiEntry[]> {
  const { tenant } = settings.auditLogs.loki;
  const parameters = new URLSearchParams({ query, since: "10m", limit: "1000" });
  const { status, body } = await api.request({
    path: `${service}/proxy/loki/api/v1/query_range?${parameters.toString()}`,
    proxied: true,
    ...(tenant === undefined ? {} : { headers: { "X-Scope-OrgID": tenant } }),
  });
  if (status !== 200) throw new Error(`Loki answers ${status}`);
  const { data } = JSON.parse(body) as {
    data: { result: { stream: Record<string, string>; values: [time: string, line: string][] }[] };
  };
  return data.result.flatMap(({ stream, values }) => values.map(([, line]) => ({ labels: stream, line })));
}
