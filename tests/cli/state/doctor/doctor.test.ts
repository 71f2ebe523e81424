import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { DoctorsCluster, Revision } from "../../../../cli/state/doctor/cluster.js";
import { examine } from "../../../../cli/state/doctor/examine.js";
import { diagnose, treat, type Practice } from "../../../../cli/state/doctor/practice.js";
import { locksIn, Stack, type State, type StateResource } from "../../../../cli/state/doctor/stack.js";

const urnOf = (type: string, name: string) => `urn:pulumi:musashi::test::${type}::${name}`;

function resource(type: string, name: string, more: Partial<StateResource> = {}): StateResource {
  return { urn: urnOf(type, name), type, custom: true, ...more };
}

const secretInputs = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "admin", namespace: "harbor" },
  data: {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    plaintext: '{"a":"needle"}',
  },
};
const halfMade = resource("kubernetes:core/v1:Secret", "admin", { inputs: secretInputs, protect: true });
const patch = resource("kubernetes:core/v1:NamespacePatch", "traefik", {
  inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: "traefik" } },
});
const other = resource("kubernetes:core/v1:NamespacePatch", "other", {
  outputs: { __fieldManager: "pulumi-kubernetes-0a1b2c3d" },
});
const release = (outputs?: StateResource["outputs"], more: Partial<StateResource> = {}) =>
  resource("kubernetes:helm.sh/v3:Release", "chart", {
    inputs: { name: "harbor", namespace: "registry", values: { a: 1 } },
    outputs,
    ...more,
  });
const installed = { status: { revision: 2 } };

interface World {
  managers?: string[];
  revisions?: [revision: number, status: string][];
  end?: Date;
}

function clusterOf({ managers, revisions = [], end }: World): DoctorsCluster {
  return {
    certificateEnd: () => end,
    managers: () => Promise.resolve(managers),
    revisions: () => Promise.resolve(revisions.map(([revision, status]): Revision => ({ revision, status }))),
  };
}

function stateOf(resources: StateResource[], creating: StateResource[] = [], type = "creating"): State {
  const pending_operations = creating.map((made) => ({ type, resource: made }));
  return { version: 3, deployment: { resources, pending_operations } };
}

describe("the doctor finds", () => {
  const cases: {
    name: string;
    state: State;
    world?: World;
    found: [kind: string, mend: RegExp, fix: string | undefined][];
  }[] = [
    {
      name: "nothing where all is well",
      state: stateOf([release(installed)]),
      world: { revisions: [[2, "deployed"]] },
      found: [],
    },
    {
      name: "a creation that made nothing",
      state: stateOf([], [halfMade]),
      world: {},
      found: [["pending", /^pulumi refresh --stack musashi --clear-pending-creates$/, "clear"]],
    },
    {
      name: "an object that a killed run made",
      state: stateOf([], [halfMade]),
      world: { managers: ["pulumi-kubernetes"] },
      found: [["half-made", /^npm run doctor -- --stack musashi --fix$/, "record"]],
    },
    {
      name: "a creation of which it cannot know, without a cluster",
      state: stateOf([], [halfMade]),
      found: [["pending", /--kubeconfig/, undefined]],
    },
    {
      name: "a creation in a cloud, which somebody has to look at",
      state: stateOf([], [resource("oci:ObjectStorage/bucket:Bucket", "bucket")]),
      world: {},
      found: [["pending", /^pulumi import --stack musashi oci:/, undefined]],
    },
    {
      name: "a creation of what exists in the state alone",
      state: stateOf([], [resource("random:index/randomPassword:RandomPassword", "a")]),
      world: {},
      found: [["pending", /clear-pending/, "clear"]],
    },
    {
      name: "a patch of somebody else's object that was made",
      state: stateOf([], [patch]),
      world: { managers: ["kubectl", "pulumi-kubernetes-0a1b2c3d"] },
      found: [["half-made", /--fix$/, "record"]],
    },
    {
      name: "a patch that was not made: another resource of the state has set these fields",
      state: stateOf([other], [patch]),
      world: { managers: ["kubectl", "pulumi-kubernetes-0a1b2c3d"] },
      found: [["pending", /clear-pending/, "clear"]],
    },
    {
      name: "an update that was interrupted",
      state: stateOf([], [halfMade], "updating"),
      world: {},
      found: [["pending", /clear-pending/, "clear"]],
    },
    {
      name: "a first install that was killed",
      state: stateOf([], [release()]),
      world: { revisions: [[1, "pending-install"]] },
      found: [["release", /^helm uninstall harbor --namespace registry --wait$/, "helm"]],
    },
    {
      name: "an install that was killed when it was done",
      state: stateOf([], [release()]),
      world: { revisions: [[1, "deployed"]] },
      found: [["half-made", /--fix$/, "record"]],
    },
    {
      name: "an upgrade that was killed",
      state: stateOf([release(installed)]),
      world: {
        revisions: [
          [1, "superseded"],
          [2, "deployed"],
          [3, "failed"],
          [4, "pending-upgrade"],
        ],
      },
      found: [["release", /^helm rollback harbor 2 --namespace registry --wait$/, "helm"]],
    },
    {
      name: "a removal that was killed",
      state: stateOf([release(installed)]),
      world: {
        revisions: [
          [1, "deployed"],
          [2, "uninstalling"],
        ],
      },
      found: [["release", /^helm uninstall harbor/, "helm"]],
    },
    {
      name: "a protected release that only its removal would mend",
      state: stateOf([release(installed, { protect: true })]),
      world: { revisions: [[1, "pending-install"]] },
      found: [["release", /^helm uninstall harbor .*# if nothing/, undefined]],
    },
    {
      name: "a release that is gone",
      state: stateOf([release(installed)]),
      world: {},
      found: [["gone", /^pulumi refresh --stack musashi --target 'urn:.*::chart'$/, "refresh"]],
    },
    {
      name: "nothing about a release that Helm never knew",
      state: stateOf([release({ status: {} })]),
      world: {},
      found: [],
    },
  ];
  for (const { name, state, world, found } of cases) {
    it(name, async () => {
      const cluster = world && clusterOf(world);
      const all = await examine({ stack: "musashi", locks: [], state, cluster });
      assert.deepEqual(
        all.map(({ kind, fix }) => [kind, fix?.do]),
        found.map(([kind, , fix]) => [kind, fix]),
      );
      for (const [index, { mend, what }] of all.entries()) {
        assert.match(mend, found[index]![1]);
        assert.doesNotMatch(what + mend, /needle/);
      }
    });
  }
});

describe("locks of a state", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "locks-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (pid: number, host: string) => {
    const lock = { pid, username: "me", hostname: host, timestamp: "2026-01-02T03:04:05Z" };
    writeFileSync(join(folder, "a.json"), JSON.stringify(lock));
  };

  it("are none where there is no folder", () => assert.deepEqual(locksIn(join(folder, "none")), []));

  for (const [name, pid, host, runs] of [
    ["of a process that runs", process.pid, hostname(), true],
    // The kernel gives out no such number.
    ["of one that does not", 2 ** 30, hostname(), false],
    ["of another machine", process.pid, "elsewhere", undefined],
  ] as const) {
    it(`are known ${name}`, () => {
      write(pid, host);
      const owner = `me@${host} (pid ${pid}) at 2026-01-02T03:04:05Z`;
      assert.deepEqual(locksIn(folder), [{ owner, runs }]);
    });
  }
});

describe("the doctor mends", () => {
  /** A stack whose CLI is a function, and what it was told. */
  function practiceWith(state: State, world: World, mended: World = {}, lock?: { runs?: boolean }) {
    const calls: string[] = [];
    let imported: State | undefined;
    let now = world;
    const pulumi = (args: string[], input?: string): Promise<string> => {
      if (args[1] === "export") return Promise.resolve(JSON.stringify(imported ?? state));
      calls.push(args.join(" "));
      if (args[1] === "import") imported = JSON.parse(input!) as State;
      return Promise.resolve("");
    };
    const stack = new Stack(pulumi, "test", "musashi");
    stack.locks = () => Promise.resolve(lock ? [{ owner: "me", runs: lock.runs }] : []);
    const practice: Practice = {
      stack,
      cluster: () => clusterOf(now),
      helm(args) {
        calls.push(`helm ${args.join(" ")}`);
        now = mended;
        return Promise.resolve();
      },
    };
    return { practice, calls, imported: () => imported };
  }
  const fix = async (practice: Practice) => treat(practice, await diagnose(practice));

  it("what was made by half: it is in the state as the program wants it, protected and secret", async () => {
    const { practice, calls, imported } = practiceWith(stateOf([], [halfMade]), {
      managers: ["pulumi-kubernetes"],
    });
    const { found, isWell } = await fix(practice);
    assert.deepEqual(calls, [
      "stack import --stack musashi",
      `refresh --yes --skip-preview --stack musashi --target ${halfMade.urn}`,
    ]);
    assert.deepEqual(imported()!.deployment, {
      resources: [{ ...halfMade, id: "harbor/admin", outputs: secretInputs }],
      pending_operations: [],
    });
    assert.deepEqual(
      [found.map(({ kind, mended }) => [kind, mended]), isWell],
      [[["half-made", true]], true],
    );
  });

  it("a patch: it goes on in the name in which it was made, so that it can be taken back", async () => {
    const { practice, imported } = practiceWith(stateOf([], [patch]), {
      managers: ["pulumi-kubernetes-0a1b2c3d"],
    });
    await fix(practice);
    const [made] = imported()!.deployment!.resources!;
    assert.deepEqual(made!.outputs, { ...patch.inputs, __fieldManager: "pulumi-kubernetes-0a1b2c3d" });
  });

  it("a release that was made and not recorded: the provider finds there what was asked of it, as a secret", async () => {
    const { practice, imported } = practiceWith(stateOf([], [release()]), { revisions: [[1, "deployed"]] });
    await fix(practice);
    const [made] = imported()!.deployment!.resources!;
    assert.equal(made!.id, "registry/harbor");
    const { __inputs } = made!.outputs as { __inputs: { plaintext: string } };
    assert.deepEqual(JSON.parse(__inputs.plaintext), release().inputs);
  });

  it("a first install that was killed: it is uninstalled and forgotten", async () => {
    const { practice, calls, imported } = practiceWith(stateOf([], [release()]), {
      revisions: [[1, "pending-install"]],
    });
    assert.equal((await fix(practice)).isWell, true);
    assert.deepEqual(calls, [
      "helm uninstall harbor --namespace registry --wait",
      "stack import --stack musashi",
    ]);
    assert.deepEqual(imported()!.deployment, { resources: [], pending_operations: [] });
  });

  it("an upgrade that was killed: it is rolled back, and the state stays", async () => {
    const { practice, calls } = practiceWith(
      stateOf([release(installed)]),
      {
        revisions: [
          [2, "deployed"],
          [3, "pending-upgrade"],
        ],
      },
      {
        revisions: [
          [2, "superseded"],
          [4, "deployed"],
        ],
      },
    );
    assert.equal((await fix(practice)).isWell, true);
    assert.deepEqual(calls, ["helm rollback harbor 2 --namespace registry --wait"]);
  });

  it("a lock that nobody holds any more", async () => {
    const { practice, calls } = practiceWith(stateOf([]), {}, {}, { runs: false });
    await fix(practice);
    assert.deepEqual(calls, ["cancel --yes --stack musashi"]);
  });

  for (const runs of [true, undefined]) {
    it(`nothing while the stack is ${runs ? "worked on" : "locked by another machine"}`, async () => {
      const { practice, calls } = practiceWith(
        stateOf([], [halfMade]),
        { managers: ["pulumi-kubernetes"] },
        {},
        { runs },
      );
      const { found, isWell } = await fix(practice);
      assert.deepEqual(calls, []);
      assert.deepEqual([found.map(({ mended }) => mended), isWell], [[false, false], false]);
    });
  }

  it("what it can, and says what is left of what Pulumi forgets then", async () => {
    const bucket = resource("oci:ObjectStorage/bucket:Bucket", "bucket");
    const { practice, calls } = practiceWith(stateOf([], [bucket, halfMade]), {});
    const { found, isWell } = await fix(practice);
    assert.deepEqual(calls, ["stack import --stack musashi"]);
    assert.deepEqual(
      [found.map(({ what, mended }) => [what.split(" ")[1], mended]), isWell],
      [
        [
          ["bucket", false],
          ["admin", true],
        ],
        false,
      ],
    );
  });

  it("no state where the cluster cannot be asked, for what it forgets may exist there", async () => {
    const password = resource("random:index/randomPassword:RandomPassword", "a");
    for (const cluster of [
      () => clusterOf({ end: new Date(0) }),
      () => {
        throw new Error("connect ECONNREFUSED\nmore");
      },
    ]) {
      const { practice, calls } = practiceWith(stateOf([], [password, halfMade]), {});
      const { found, isWell } = await fix({ ...practice, cluster });
      assert.deepEqual(calls, []);
      assert.match(
        found[0]!.what,
        /^the (client certificate .* ended at 1970-|cluster cannot be asked: connect ECONNREFUSED$)/,
      );
      assert.deepEqual([found.length, found.some(({ mended }) => mended), isWell], [3, false, false]);
    }
  });
});
