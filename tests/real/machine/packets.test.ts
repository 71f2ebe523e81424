import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../../../cli/kit/until.js";
import { silent } from "../../../cli/kit/progress.js";
import { Phases } from "../../../cli/lab/phases.js";
import { settingsIn } from "../network/policies.js";
import { audited, misreported } from "./packets/audit.js";
import { applyPolicies } from "./packets/policies.js";
import { titleOf, type Probe } from "./packets/probes.js";
import { mistakes, send, tally } from "./packets/send.js";
import { kubectl, untilReady } from "./networks.js";
import { isolationOf, World, type Isolation } from "./packets/world.js";
import { lost, pick, summary, withWriters, type Request, type Written } from "./packets/writers.js";
import { demandNode } from "./world.js";

const print = (line: string) => console.log(`      ${line}`);

/** A flow that no stack has. */
const added = "n8n -> postgres:5432";

describe("pods of a real node with Cilium", () => {
  const phases = new Phases(silent, print);
  let world: World;
  let [lab, musashi]: Isolation[] = [];
  let kernel: string[];

  before(async function () {
    demandNode(this);
    kernel = kernelSettings();
    [lab, musashi] = [await isolationOf("lab"), await isolationOf("musashi")];
    world = await World.start(lab.reach, phases);
  });
  after(() => world?.stop());

  /** Sends everything and compares pair by pair. */
  async function compare(title: string, expected: readonly Probe[]): Promise<void> {
    const seen = await phases.run(
      title,
      () => send(world.node, expected),
      (seen) => `${seen.length} sent`,
    );
    for (const line of tally(expected, seen)) print(line);
    assert.deepEqual(mistakes(expected, seen), []);
  }

  /** Sends everything, all of which arrives, and compares what the agent reports that it would drop. */
  async function compareAudit(title: string, probes: readonly Probe[]): Promise<void> {
    const reported = await audited(world.node, () =>
      compare(
        title,
        probes.map((probe) => ({ ...probe, allowed: true })),
      ),
    );
    print(`${[...reported.values()].reduce((sum, one) => sum + one, 0)} reported by the agent`);
    assert.deepEqual(misreported(probes, reported), []);
  }

  const apply = ({ policies }: Isolation) =>
    phases.run(
      "policies",
      () => applyPolicies(world.node, policies),
      () => `${policies.length} known to the agent`,
    );

  it("have an agent that changed no setting of the machine's kernel", () => {
    assert.deepEqual(kernelSettings(), kernel);
  });

  it("reach one another, the node and the internet without policies", async () => {
    await compareAudit(
      "audit, no policies",
      world.probes(lab!).map((probe) => ({ ...probe, denied: undefined })),
    );
  });

  it("reach everything with audit, and what the policies of musashi deny is reported", async () => {
    await apply(musashi!);
    await compareAudit("audit, musashi", world.probes(musashi!));
  });

  /** Lets writers run meanwhile. Of what is allowed nothing may be lost, but for names that are asked for while no agent runs. */
  async function keeping(
    probes: readonly Probe[],
    work: (written: () => Written[]) => Promise<void>,
    isAway = false,
  ): Promise<void> {
    const written = await withWriters(world.node, probes, work);
    const allowed = written.filter(({ probe }) => probe.allowed);
    for (const line of summary(allowed)) print(line);
    const isExcused = ({ kind }: Request, probe: Probe) => isAway && kind === "new" && probe.kind === "name";
    assert.deepEqual(lost(allowed, isExcused), []);
  }

  it("keep every allowed connection while Cilium begins to enforce, and lose the others", async () => {
    const probes = world.probes(musashi!);
    const denied = pick(probes, { pod: 2, Service: 1, address: 1 }, false);
    await keeping(
      [...allowedPairs(probes), ...denied],
      async (written) => {
        const last = ({ requests }: Written) =>
          ["kept", "new"].map((kind) => requests.filter((one) => one.kind === kind).at(-1)!);
        const open = () =>
          written()
            .filter((one) => !one.probe.allowed && last(one).some(({ status }) => status === 0))
            .map(({ probe }) => probe.line);
        assert.equal(open().length, denied.length);
        await phases.run(
          "enforcement",
          () => world.enforcement("enforce"),
          () => "the release is upgraded",
        );
        await phases.run(
          "cut",
          () =>
            until(
              () => open().length === 0,
              () => `still open: ${open().join(", ")}`,
              { seconds: 300 },
            ),
          () => "what no flow allows",
        );
      },
      true,
    );
  });

  for (const stack of ["musashi", "lab"])
    it(`reach what the policies of ${stack} let them reach, and nothing else`, async () => {
      const isolation = stack === "lab" ? lab! : musashi!;
      await apply(isolation);
      const probes = world.probes(isolation);
      assert.ok([true, false].every((allowed) => probes.some((probe) => probe.allowed === allowed)));
      await compare(`enforced, ${stack}`, probes);
    });

  it("keep every allowed connection while a flow is added, which opens what it names", async () => {
    const [flow] = settingsIn("lab", { flows: [added] }).network.flows;
    const more = await isolationOf("lab", ({ network }) => network.flows.push(flow!));
    const before = world.probes(lab!);
    const keyOf = (probe: Probe) => `${titleOf(probe)} ${probe.line}`;
    const reached = new Set(
      world
        .probes(more)
        .filter(({ allowed }) => allowed)
        .map(keyOf),
    );
    const opened = before.filter((probe) => !probe.allowed && reached.has(keyOf(probe)));
    assert.ok(opened.length > 0);
    await compare(`before ${added}`, opened);
    await keeping(allowedPairs(before), async () => {
      await apply(more);
      await compare(
        `with ${added}`,
        opened.map((probe) => ({ ...probe, allowed: true })),
      );
    });
  });

  for (const [workload, isAgent] of [
    ["daemonset/cilium", true],
    ["deployment/cilium-operator", false],
  ] as const)
    it(`keep every allowed connection while ${workload} restarts`, async () => {
      const restart = async () => {
        await world.node.run([...kubectl, "rollout", "restart", workload]);
        await untilReady(world.node, [workload]);
        // A restarted agent loads what filters the packets of each pod once more.
        await sleep(30_000);
      };
      await keeping(allowedPairs(world.probes(lab!)), restart, isAgent);
    });
});

const allowedPairs = (probes: readonly Probe[]): Probe[] =>
  pick(probes, { pod: 3, Service: 3, name: 3, "API server": 2 }, true);

/** What Cilium's agent sets where it can. */
const kernelSettings = (): string[] =>
  ["timer_migration", "unprivileged_bpf_disabled"].map((name) =>
    readFileSync(`/proc/sys/kernel/${name}`, "utf8"),
  );
