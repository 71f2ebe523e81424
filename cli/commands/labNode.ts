import { action, command } from "../kit/command.js";

export default command("node", {
  summary: "Runs a cluster of one real node on this machine until it is stopped with Ctrl-C.",
  details:
    "systemd, containerd, the kubelet and what kubeadm makes of the node files of the stack lab, in namespaces of their own: no container runtime, no registry, nothing of this machine is changed. Root, Linux, debootstrap; so far it has been run with cgroup v1 only. The first time it makes the node's root from Debian packages and builds the kubelet, kube-proxy and CoreDNS: some minutes.",
  example: "npm run lab:node",
  exits: ["never: it ends with Ctrl-C", "the node does not come up, or ends"],
}).action(action(async () => (await import("../lab/node/command.js")).nodeCommand()));
