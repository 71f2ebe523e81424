import { UserError } from "../../kit/userError.js";
import type { DoctorsCluster } from "./cluster.js";
import type { StackExport } from "../stackExport.js";
import { examine, type Examined, type Ailment } from "./examine.js";
import { isAnotherCluster } from "./identity.js";
import { mend, type HelmCommand } from "./mend.js";
import type { Stack } from "./stack.js";

/** What the doctor works with. */
export interface Practice {
  stack: Stack;
  /** Opens the way to the cluster. */
  cluster(): Promise<DoctorsCluster>;
  helm: HelmCommand;
}

export interface Diagnosis {
  found: (Ailment & { mended: boolean })[];
  /** Whether nothing is left. */
  isWell: boolean;
}

/** Finds out what is wrong, and changes nothing. */
export async function diagnose(practice: Practice): Promise<Diagnosis> {
  return diagnosisOf((await look(practice)).found, []);
}

/**
 * Mends what needs no decision. Nothing is touched while something else works on the stack.
 *
 * @param before What was found.
 * @throws UserError where the cluster is another one.
 */
export async function treat(practice: Practice, before: Diagnosis): Promise<Diagnosis> {
  const { state, cluster, found } = await look(practice);
  if (found.some(({ kind, fix }) => kind === "lock" && !fix)) return before;
  if (cluster && (await isAnotherCluster(state, cluster))) {
    throw new UserError(
      `nothing of the state of ${practice.stack.name} is in the cluster, so nothing is changed: it looks like another cluster. ` +
        "Check --kubeconfig and --context. If they are right, run without --fix, which prints the commands.",
    );
  }
  await mend(found, practice.stack, practice.helm, cluster);
  return diagnosisOf((await look(practice)).found, found);
}

/** What was there before and is not any more is mended, unless it waits for a decision: Pulumi forgets it all the same. */
function diagnosisOf(left: readonly Examined[], before: readonly Examined[]): Diagnosis {
  const whats = new Set(left.map(({ what }) => what));
  const vanished = before.filter(({ what }) => !whats.has(what));
  const found = [
    ...vanished.map((finding) => ({ ...finding, mended: finding.fix !== undefined })),
    ...left.map((finding) => ({ ...finding, mended: false })),
  ].map(({ kind, what, mend, mended }) => ({ kind, what, mend, mended }));
  return { found, isWell: found.every(({ mended }) => mended) };
}

interface Look {
  state: StackExport;
  /** Absent where it cannot be asked. */
  cluster?: DoctorsCluster;
  found: Examined[];
}

async function look({ stack, cluster: open }: Practice): Promise<Look> {
  const [locks, state] = await Promise.all([stack.locks(), stack.state()]);
  const patient = { stack: stack.name, locks, state };
  let credentials: Examined[] = [];
  try {
    const cluster = await open();
    credentials = expired(cluster.certificateEnd());
    if (credentials.length === 0) return { state, cluster, found: await examine({ ...patient, cluster }) };
  } catch (error) {
    const [message] = (error as Error).message.split("\n");
    credentials = [
      {
        kind: "cluster",
        what: `the cluster cannot be asked: ${message}`,
        mend: "kubectl get nodes   # with the same kubeconfig, until it answers",
      },
    ];
  }
  return { state, found: [...credentials, ...(await examine(patient))] };
}

function expired(end: Date | undefined): Examined[] {
  if (!end || end.getTime() > Date.now()) return [];
  return [
    {
      kind: "credentials",
      what: `the client certificate of the kubeconfig ended at ${end.toISOString()}`,
      mend: "sudo kubeadm certs renew admin.conf   # on the control-plane node, then copy /etc/kubernetes/admin.conf",
    },
  ];
}
