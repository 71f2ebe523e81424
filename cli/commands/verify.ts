import { action, command } from "../kit/command.js";
import { count, httpsUrl, stackOption } from "../kit/options.js";

export default command("verify", {
  summary: "Checks a live cluster against the security page, claim by claim.",
  details:
    "It creates a namespace cluster-security-verify-… and deletes it again. It asks Harbor at its public name, and Cloudflare " +
    "whether the DNS token is active.",
  example: "npm run verify -- --stack musashi --kubeconfig ~/.kube/config",
  exits: ["no claim failed", "a claim failed, or the cluster cannot be checked"],
})
  .option("--kubeconfig <file>", "default: KUBECONFIG, else ~/.kube/config")
  .option("--context <name>", "default: the kubeconfig's current context")
  .addOption(
    stackOption("whose settings name what is promised; for a lab give the one that npm start took, lab"),
  )
  .option(
    "--node-root <folder>",
    "root of a control-plane node's file system, / on the node itself as root: for the audit log and etcd; default: none, and what needs it is unchecked",
  )
  .option("--etcd-endpoint <url>", "default: the API server's --etcd-servers", httpsUrl)
  .option(
    "--sealing-certificates <file>",
    "the stack's output sealingCertificates: pulumi stack output sealingCertificates > FILE",
  )
  .option(
    "--recorded <charts>",
    "charts, separated by commas, whose release the lab could only record; default: none",
  )
  .option(
    "--acme-root <file>",
    "root certificate of pebble, where it stands in for Let's Encrypt, as on a node of the lab; default: none",
  )
  .option(
    "--gateway-port <port>",
    "port of this machine's loopback interface that leads to the Gateway's for HTTPS, as on a node of the lab; default: addresses of the Gateway, else DNS",
    count,
  )
  .option("--json", "prints {notes, claims: [{concern, claim, status, evidence}]}")
  .action(action(async (options) => (await import("../verify/command.js")).verifyCommand(options)));
