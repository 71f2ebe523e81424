import { shellWord } from "../kit/shellWord.js";
import { findOnPath } from "../kit/toolchain/tool.js";
import type { LabCluster } from "./labCluster.js";

/** A lab that goes on after its start. */
export interface KeptLab {
  name: string;
  stack: string;
  cluster: LabCluster;
  /** Path of kubectl. */
  kubectl: string;
  /** Charts whose release is only recorded. */
  recorded: readonly string[];
  /** File with the stack's output sealingCertificates. */
  certificates: string;
  /** File with the root certificate of what stands in for Let's Encrypt. Default: nothing does. */
  acmeRoot?: string;
}

/** Says how to use the lab, in commands for the project's folder that work as they are. */
export function usesOf(lab: KeptLab): string {
  const { name, stack, cluster, recorded } = lab;
  const kubectl = findOnPath("kubectl") === lab.kubectl ? "kubectl" : shellWord(lab.kubectl);
  const gateway = cluster.neighbours?.gateway;
  const verify = [
    ["--stack", stack],
    ["--kubeconfig", cluster.kubeconfig],
    ["--node-root", cluster.nodeRoot],
    ["--etcd-endpoint", cluster.etcdEndpoint],
    ["--sealing-certificates", lab.certificates],
    ...(lab.acmeRoot === undefined ? [] : [["--acme-root", lab.acmeRoot]]),
    ...(gateway === undefined ? [] : [["--gateway-port", String(gateway.https)]]),
    ...(recorded.length > 0 ? [["--recorded", recorded.join(",")]] : []),
  ];
  const options = verify.flatMap(([option, value]) => [option, shellWord(value!)]).join(" ");
  const stop = cluster.ended ? "Ctrl-C here stops it." : `npm run lab:stop -- --name ${name}`;
  return `The lab goes on. In this project's folder:
  export KUBECONFIG=${shellWord(cluster.kubeconfig)}
  ${kubectl} get pods --all-namespaces
  npm run verify -- ${options}
  npm run reach -- --stack ${stack}
  ${[...(cluster.shell ? [cluster.shell] : []), stop].join("\n  ")}`;
}
