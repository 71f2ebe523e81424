import { shellWord } from "../kit/shellWord.js";
import { findOnPath } from "../kit/toolchain/tool.js";
import type { LabPaths } from "./cluster/paths.js";

/** A lab that goes on after its start. */
export interface KeptLab {
  name: string;
  stack: string;
  paths: LabPaths;
  /** Path of kubectl. */
  kubectl: string;
  etcdEndpoint: string;
  /** Charts whose release is only recorded. */
  recorded: readonly string[];
  /** File with the stack's output sealingCertificates. */
  certificates: string;
}

/** Says how to use the lab, in commands for the project's folder that work as they are. */
export function usesOf(lab: KeptLab): string {
  const { name, stack, paths, recorded } = lab;
  const kubectl = findOnPath("kubectl") === lab.kubectl ? "kubectl" : shellWord(lab.kubectl);
  const verify = [
    ["--stack", stack],
    ["--kubeconfig", paths.kubeconfig],
    ["--node-root", paths.node],
    ["--etcd-endpoint", lab.etcdEndpoint],
    ["--sealing-certificates", lab.certificates],
    ...(recorded.length > 0 ? [["--recorded", recorded.join(",")]] : []),
  ];
  const options = verify.flatMap(([option, value]) => [option, shellWord(value!)]).join(" ");
  return `The lab goes on. In this project's folder:
  export KUBECONFIG=${shellWord(paths.kubeconfig)}
  ${kubectl} get pods --all-namespaces
  npm run verify -- ${options}
  npm run reach -- --stack ${stack}
  npm run lab:stop -- --name ${name}`;
}
