import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../cli/kit/progress.js";
import { tool } from "../../../cli/kit/toolchain/tool.js";
import { startCluster } from "../../../cli/lab/node/cluster.js";
import { debianRoot } from "../../../cli/lab/node/debian.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { Phases } from "../../../cli/lab/phases.js";
import { analyze } from "../../../cli/reach/analyzer.js";
import { PodGroups } from "../../../cli/reach/podGroups.js";
import { policySet, type Manifest } from "../../../cli/reach/policies.js";
import { listedRules } from "../../../cli/reach/reach.js";
import { policiesIn } from "../network/policies.js";
import { installCilium } from "./networks.js";
import { startInternet } from "./packets/internet.js";
import { applyPolicies } from "./packets/policies.js";
import { imageOfPods, startPods, type Pod } from "./packets/pods.js";
import { clientsOf, portsOf, probesOf, type Probe, type Reach } from "./packets/probes.js";
import { mistakes, send, tally } from "./packets/send.js";
import { bundleOf, demandNode, nodeSettings } from "./world.js";

const print = (line: string) => console.log(`      ${line}`);

const settings = await nodeSettings("lab");

describe("pods of a real node with Cilium", () => {
  const phases = new Phases(silent, print);
  let parent: string;
  let node: RealNode;
  let policies: Manifest[];
  let probes: Probe[];
  let kernel: string[];

  before(async function () {
    demandNode(this);
    kernel = kernelSettings();
    parent = mkdtempSync(join(tmpdir(), "cluster-security-machine-"));
    const bundle = await bundleOf(settings);
    const options = { settings, bundle, folder: join(parent, "node"), progress: silent };
    const started = await startCluster(options, phases);
    ({ node } = started);
    await phases.run(
      "Cilium",
      () => installCilium(node, started.images, settings),
      () => "ready, with kube-proxy and CoreDNS",
    );

    // A rule for requests is for Envoy, which is not here.
    policies = (await policiesIn(settings)).filter((policy) => !JSON.stringify(policy).includes('"http":'));
    const reach = await reachBy(policies);
    const clients = clientsOf(reach).map((pod, index): Pod => ({ ...pod, id: `client-${index}` }));
    const servers = reach.places.map((place, index): Pod => ({
      ...{ id: `server-${index}`, place, serviceAccount: "default", ports: portsOf(place, reach) },
    }));
    const pods = [...clients, ...servers];
    const addresses = await phases.run(
      "pods",
      async () => {
        await node.import([await imageOfPods(await debianRoot(silent))]);
        return startPods(node, pods);
      },
      () => `${pods.length} run`,
    );
    const names = await startInternet(node, namesIn(reach), await tool("coredns"));
    const service = ["kubectl", "get", "service", "kubernetes", "--output", "jsonpath={.spec.clusterIP}"];
    const apiServer = (await node.run(service)).stdout;
    const surroundings = { node: settings.cluster.nodes[0]!.address, apiServer, names };
    probes = clients.flatMap((client) => probesOf(client, servers, addresses, reach, surroundings));
  });
  after(async () => {
    await node?.stop();
    if (parent) rmSync(parent, { recursive: true, force: true });
  });

  /** Sends everything and compares pair by pair. */
  async function compare(title: string, expected: readonly Probe[]): Promise<void> {
    const seen = await phases.run(
      title,
      () => send(node, expected),
      (seen) => `${seen.length} sent`,
    );
    for (const line of tally(expected, seen)) print(line);
    assert.deepEqual(mistakes(expected, seen), []);
  }

  it("have an agent that changed no setting of the machine's kernel", () => {
    assert.deepEqual(kernelSettings(), kernel);
  });

  it("reach one another, the node and the internet without policies", async () => {
    await compare(
      "without policies",
      probes.map((probe) => ({ ...probe, allowed: true })),
    );
  });

  it("reach what the policies of the stack let them reach, and nothing else", async () => {
    assert.ok([true, false].every((allowed) => probes.some((probe) => probe.allowed === allowed)));
    await phases.run(
      "policies",
      () => applyPolicies(node, policies),
      () => `${policies.length} enforced`,
    );
    await compare("with policies", probes);
  });
});

/** What Cilium's agent sets where it can. */
const kernelSettings = (): string[] =>
  ["timer_migration", "unprivileged_bpf_disabled"].map((name) =>
    readFileSync(`/proc/sys/kernel/${name}`, "utf8"),
  );

/** As `npm run reach` computes it. */
async function reachBy(policies: readonly Manifest[]): Promise<Reach> {
  const set = policySet(policies);
  const places = new PodGroups([set]);
  const connections = await analyze(await tool("netpol-analyzer"), set, places);
  return { places: places.list(), connections, rules: listedRules(set, places) };
}

/** Every host that a rule names, with letters for *, and one that none does. */
function namesIn({ rules }: Reach): string[] {
  const hosts = rules.map(({ to }) => to).filter((to) => /^[\w*.-]+\.[a-z]+$/.test(to));
  return [...new Set(hosts.map((host) => host.replace("*", "any")))].concat("unnamed.example");
}
