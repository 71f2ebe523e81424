import assert from "node:assert/strict";
import { diagnose, treat, type Practice } from "../../../../cli/state/doctor/practice.js";
import { Stack } from "../../../../cli/state/doctor/stack.js";
import type { StackExport } from "../../../../cli/state/stackExport.js";
import {
  resource,
  secretInputs,
  halfMade,
  patch,
  release,
  installed,
  root,
  type World,
  clusterOf,
  stateOf,
} from "./world.js";

describe("the doctor mends", () => {
  /** A stack whose CLI is a function, and what it was told. */
  function practiceWith(state: StackExport, world: World, mended: World = {}, lock?: { runs?: boolean }) {
    const calls: string[] = [];
    let imported: StackExport | undefined;
    let now = world;
    const pulumi = (args: string[], input?: string): Promise<string> => {
      if (args[1] === "export") return Promise.resolve(JSON.stringify(imported ?? state));
      calls.push(args.join(" "));
      if (args[1] === "import") imported = JSON.parse(input!) as StackExport;
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
    const { practice, imported } = practiceWith(stateOf([], [release()]), { revisions: { 1: "deployed" } });
    await fix(practice);
    const [made] = imported()!.deployment!.resources!;
    assert.equal(made!.id, "registry/harbor");
    const { __inputs } = made!.outputs as { __inputs: { plaintext: string } };
    assert.deepEqual(JSON.parse(__inputs.plaintext), release().inputs);
  });

  it("a first install that was killed: it is uninstalled and forgotten", async () => {
    const { practice, calls, imported } = practiceWith(stateOf([root], [release()]), {
      revisions: { 1: "pending-install" },
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
        revisions: { 2: "deployed", 3: "pending-upgrade" },
      },
      {
        revisions: { 2: "superseded", 4: "deployed" },
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
      revisions: { 1: "pending-install" },
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
