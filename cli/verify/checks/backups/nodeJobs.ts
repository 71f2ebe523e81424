import type { Job } from "../../../../components/backups/node/units.js";
import { failed, judged, unchecked, type Finding } from "../../claim.js";
import { howToReachTheNode, type NodeFileSystem } from "../../cluster/node.js";
import type { Target } from "../../cluster/target.js";
import { pushedReports, reportProblem } from "./reports.js";

const folder = "/etc/systemd/system";

/** Jobs of the node itself are systemd timers there; that they do their work can be seen by what they report. */
export function nodeJobs(...jobs: Pick<Job, "unit" | "metrics">[]) {
  const timers = jobs.map(({ unit }) => `${unit}.timer`);
  return async (target: Target): Promise<Finding> => {
    const { node } = target;
    if (!node) return unchecked(`${timers.join(" and ")} are on the node; ${howToReachTheNode}`);
    if (!timers.some((timer) => node.exists(`${folder}/${timer}`)))
      return unchecked(`no ${timers.join(" or ")} in ${folder} of the node: lay the node files there`);
    const problems = jobs.flatMap(({ unit }) => unitProblems(node, unit, !target.simulatedPods));
    if (problems.length > 0) return failed(problems.join("; "));
    const reports = await pushedReports(target);
    const enabled = `${timers.join(", ")} enabled in ${folder}`;
    if (!reports)
      return unchecked(
        `${enabled}, but no Pushgateway says whether they succeed; on the node: ` +
          `systemctl show --property=Result,ExecMainExitTimestamp ${jobs.map(({ unit }) => unit).join(" ")}`,
      );
    return judged(
      jobs.flatMap(({ metrics }) => reportProblem(metrics, reports.get(metrics)) ?? []),
      `${enabled}, and each reported a success`,
    );
  };
}

/**
 * What keeps systemd from running a job when its time comes.
 *
 * @param runs Whether systemd runs there.
 */
function unitProblems(node: NodeFileSystem, unit: string, runs: boolean): string[] {
  const [timer, service] = [`${unit}.timer`, `${unit}.service`];
  if (!node.exists(`${folder}/${timer}`)) return [`the node has no ${timer}`];
  if (!node.exists(`${folder}/${service}`)) return [`the node has no ${service}, which ${timer} starts`];
  const program = /^ExecStart=[-@:+!]*(\S+)/m.exec(node.read(`${folder}/${service}`))?.[1];
  // A link of `systemctl enable`, or the drop-in of the node files.
  const dropIn = `${folder}/timers.target.d/backups.conf`;
  const wanted = node.exists(dropIn) ? node.read(dropIn) : "";
  const isEnabled =
    node.exists(`${folder}/timers.target.wants/${timer}`) || wanted.includes(`Wants=${timer}\n`);
  const text = node.read(`${folder}/${timer}`);
  // systemd writes it down when it starts a timer that makes up for missed runs.
  const isPersistent = /^Persistent=true$/m.test(text);
  const hasStarted = !runs || !isPersistent || node.exists(`/var/lib/systemd/timers/stamp-${timer}`);
  return [
    ...(isEnabled ? [] : [`${timer} is not enabled`]),
    ...(hasStarted
      ? []
      : [`${timer} was never started, and waits for a reboot; on the node: systemctl start timers.target`]),
    ...(/^On(Calendar|\w+Sec)=.+$/m.test(text) ? [] : [`${timer} has no time to run at`]),
    ...(program === undefined
      ? [`${service} runs nothing`]
      : node.exists(program)
        ? []
        : [`${service} runs ${program}, which is not on the node`]),
  ];
}
