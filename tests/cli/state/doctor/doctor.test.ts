import assert from "node:assert/strict";
import type { DoctorsCluster, Revision } from "../../../../cli/state/doctor/cluster.js";
import { examine } from "../../../../cli/state/doctor/examine.js";
import { diagnose, treat, type Practice } from "../../../../cli/state/doctor/practice.js";
import { Stack, type State, type StateResource } from "../../../../cli/state/doctor/stack.js";

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
const account = resource("kubernetes:core/v1:ServiceAccount", "account", {
  inputs: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "account", namespace: "harbor" } },
});
const patch = resource("kubernetes:core/v1:NamespacePatch", "traefik", {
  inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: "traefik" } },
});
const other = resource("kubernetes:core/v1:NamespacePatch", "other", {
  outputs: { __fieldManager: "pulumi-kubernetes-0a1b2c3d" },
});
const release = (outputs?: StateResource["outputs"], more: Partial<StateResource> = {}) =>
  resource("kubernetes:helm.sh/v3:Release", "chart", {
    inputs: {
      name: "harbor",
      namespace: "registry",
      chart: "oci://charts.example.org/harbor",
      version: "1.0.0",
      values: { a: 1 },
    },
    outputs,
    ...more,
  });
const installed = { status: { revision: 2 } };

/** Of every state there is. */
const root = resource("pulumi:pulumi:Stack", "test-musashi", { custom: false });

interface World {
  managers?: string[];
  uid?: string;
  revisions?: [revision: number, status: string][];
  /** Of every revision. Default: those of the program. */
  chart?: string;
  chartVersion?: string;
  /** Seconds since the last change of every revision. Default: a day. */
  age?: number;
  end?: Date;
}

function clusterOf({ managers, uid, revisions = [], age = 86_400, end, ...more }: World): DoctorsCluster {
  const { chart = "harbor", chartVersion = "v1.0.0" } = more;
  const changed = new Date(Date.now() - age * 1000);
  return {
    certificateEnd: () => end,
    find: () => Promise.resolve(managers && { uid, managers }),
    revisions: () =>
      Promise.resolve(
        revisions.map(([revision, status]): Revision => ({ revision, status, chart, chartVersion, changed })),
      ),
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
      name: "an upgrade that Helm may still work on",
      state: stateOf([release(installed)]),
      world: {
        revisions: [
          [2, "deployed"],
          [3, "pending-upgrade"],
        ],
        age: 200,
      },
      found: [["release", /^helm rollback harbor 2 .*# after that/, undefined]],
    },
    {
      name: "an upgrade that was killed, once the release's own timeout is over",
      state: stateOf([release(installed, { inputs: { ...release().inputs, timeout: 60 } })]),
      world: {
        revisions: [
          [2, "deployed"],
          [3, "pending-upgrade"],
        ],
        age: 100,
      },
      found: [["release", /^helm rollback harbor 2 /, "helm"]],
    },
    {
      name: "a release without a revision to go back to, which it does not uninstall",
      state: stateOf([release(installed)]),
      world: {
        revisions: [
          [1, "failed"],
          [2, "pending-upgrade"],
        ],
      },
      found: [["release", /^helm uninstall harbor .*# if nothing/, undefined]],
    },
    {
      name: "a first install that has failed, which it does not uninstall",
      state: stateOf([], [release()]),
      world: { revisions: [[1, "failed"]] },
      found: [["release", /^helm uninstall harbor .*# if nothing/, undefined]],
    },
    {
      name: "a release of more revisions than a creation makes, which may be somebody else's",
      state: stateOf([], [release()]),
      world: {
        revisions: [
          [1, "failed"],
          [2, "pending-install"],
        ],
      },
      found: [["release", /^helm history harbor .*helm uninstall harbor/, undefined]],
    },
    {
      name: "a release of another chart, which is somebody else's",
      state: stateOf([], [release()]),
      world: { revisions: [[1, "pending-install"]], chart: "theirs" },
      found: [["release", /^helm history harbor /, undefined]],
    },
    {
      name: "a release of another version, which is somebody else's",
      state: stateOf([], [release()]),
      world: { revisions: [[1, "deployed"]], chartVersion: "1.0.1" },
      found: [["release", /^helm history harbor /, undefined]],
    },
    {
      name: "an object that somebody else has made",
      state: stateOf([], [halfMade]),
      world: { managers: ["helm", "kubectl-edit"] },
      found: [
        [
          "pending",
          /^pulumi import --stack musashi kubernetes:core\/v1:Secret 'admin' harbor\/admin /,
          undefined,
        ],
      ],
    },
    {
      name: "an object without a field that anybody could have set, as its creation makes it",
      state: stateOf([], [account]),
      world: { managers: [] },
      found: [["half-made", /--fix$/, "record"]],
    },
    {
      name: "an object without the fields that its creation sets, which is somebody else's",
      state: stateOf([], [halfMade]),
      world: { managers: [] },
      found: [["pending", /^pulumi import /, undefined]],
    },
    {
      name: "an object that another resource of the state has changed, and somebody else made",
      state: stateOf([other], [halfMade]),
      world: { managers: ["helm", "pulumi-kubernetes-0a1b2c3d"] },
      found: [["pending", /kubectl delete secret admin --namespace harbor$/, undefined]],
    },
    {
      name: "an object that two others of Pulumi have set fields of",
      state: stateOf([], [halfMade]),
      world: { managers: ["pulumi-kubernetes-0a1b2c3d", "pulumi-kubernetes-1a1b2c3d"] },
      found: [["pending", /^pulumi import /, undefined]],
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
      found: [["release", /^helm uninstall harbor .*# if nothing/, undefined]],
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
    const locks = lock ? [{ file: "/a.json", owner: "me", runs: lock.runs }] : [];
    stack.locks = () => Promise.resolve(locks);
    stack.unlock = ({ file }) => {
      calls.push(`rm ${file}`);
      locks.pop();
      return Promise.resolve();
    };
    const practice: Practice = {
      stack,
      cluster: () => Promise.resolve(clusterOf(now)),
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
    const { practice, calls, imported } = practiceWith(stateOf([root], [release()]), {
      revisions: [[1, "pending-install"]],
    });
    assert.equal((await fix(practice)).isWell, true);
    assert.deepEqual(calls, [
      `state unprotect ${root.urn} --yes --stack musashi`,
      "helm uninstall harbor --namespace registry --wait",
      "stack import --stack musashi",
    ]);
    assert.deepEqual(imported()!.deployment, { resources: [root], pending_operations: [] });
  });

  it("an upgrade that was killed: it is rolled back, and the state stays", async () => {
    const { practice, calls } = practiceWith(
      stateOf([root, release(installed)]),
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
    assert.deepEqual(calls, [
      `state unprotect ${root.urn} --yes --stack musashi`,
      "helm rollback harbor 2 --namespace registry --wait",
    ]);
  });

  it("no release while Pulumi says that the stack is locked, and the interrupted operation stays", async () => {
    const { practice, calls, imported } = practiceWith(stateOf([root], [release()]), {
      revisions: [[1, "pending-install"]],
    });
    practice.stack.demandUnlocked = () => Promise.reject(new Error("the stack is currently locked"));
    await assert.rejects(fix(practice), /locked/);
    assert.deepEqual([calls, imported()], [[], undefined]);
  });

  it("nothing but by a write that changes nothing, to see whether the stack is locked", async () => {
    const gone = { ...root, delete: true };
    const { practice, calls } = practiceWith(stateOf([gone, halfMade, release()]), {});
    await practice.stack.demandUnlocked();
    assert.deepEqual(calls, [`state unprotect ${release().urn} --yes --stack musashi`]);

    const guarded = practiceWith(stateOf([halfMade]), {});
    await guarded.practice.stack.demandUnlocked();
    assert.deepEqual(guarded.calls, [`state protect ${halfMade.urn} --yes --stack musashi`]);
  });

  it("nothing in another cluster, which has no release and no object of the state", async () => {
    const namespace = resource("kubernetes:core/v1:Namespace", "registry", {
      inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: "registry" } },
      outputs: { metadata: { name: "registry", uid: "1" } },
    });
    const state = stateOf([root, namespace, release(installed)]);
    const elsewhere = practiceWith(state, { managers: ["kubectl"], uid: "2" });
    await assert.rejects(
      fix(elsewhere.practice),
      /^UserError: nothing of the state of musashi is in the cluster/,
    );
    assert.deepEqual(elsewhere.calls, []);

    const here = practiceWith(state, { managers: ["pulumi-kubernetes"], uid: "1" });
    await fix(here.practice);
    assert.deepEqual(here.calls, [`refresh --yes --skip-preview --stack musashi --target ${release().urn}`]);
  });

  it("a lock that nobody holds any more", async () => {
    const { practice, calls } = practiceWith(stateOf([]), {}, {}, { runs: false });
    await fix(practice);
    assert.deepEqual(calls, ["rm /a.json"]);
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
      () => Promise.resolve(clusterOf({ end: new Date(0) })),
      () => Promise.reject(new Error("connect ECONNREFUSED\nmore")),
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
