import type { DoctorsCluster } from "./cluster.js";
import { examine, type Examined, type Finding } from "./examine.js";
import { mend, type Helm } from "./mend.js";
import type { Stack } from "./stack.js";

/** What the doctor works with. */
export interface Practice {
  stack: Stack;
  /** Opens the way to the cluster. */
  cluster(): DoctorsCluster;
  helm: Helm;
}

export interface Diagnosis {
  found: (Finding & { mended: boolean })[];
  /** Whether nothing is left. */
  isWell: boolean;
}

/** Finds out what is wrong, and changes nothing. */
export async function diagnose(practice: Practice): Promise<Diagnosis> {
  return diagnosisOf(await look(practice), []);
}

/**
 * Mends what needs no decision. Nothing is touched while something else works on the stack.
 *
 * @param before What was found.
 */
export async function treat(practice: Practice, before: Diagnosis): Promise<Diagnosis> {
  const found = await look(practice);
  if (found.some(({ kind, fix }) => kind === "lock" && !fix)) return before;
  await mend(found, practice.stack, practice.helm);
  return diagnosisOf(await look(practice), found);
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

async function look({ stack, cluster }: Practice): Promise<Examined[]> {
  const [locks, state] = await Promise.all([stack.locks(), stack.state()]);
  const patient = { stack: stack.name, locks, state };
  let credentials: Examined[] = [];
  try {
    const opened = cluster();
    credentials = expired(opened.certificateEnd());
    if (credentials.length === 0) return await examine({ ...patient, cluster: opened });
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
  return [...credentials, ...(await examine(patient))];
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
