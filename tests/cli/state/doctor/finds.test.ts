import assert from "node:assert/strict";
import { examine } from "../../../../cli/state/doctor/examine.js";
import type { State } from "../../../../cli/state/doctor/stack.js";
import {
  resource,
  halfMade,
  account,
  patch,
  other,
  release,
  installed,
  type World,
  clusterOf,
  stateOf,
} from "./world.js";

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
