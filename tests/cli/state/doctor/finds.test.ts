import { finds } from "./findings.js";
import { resource, halfMade, account, patch, other, release, installed, stateOf } from "./world.js";

/** A Lease that ends in so many seconds. */
const lease = (seconds: number, isNode: boolean) => ({
  ...{ holder: "node-3", isNode, version: "42" },
  ends: new Date(Date.now() + seconds * 1000),
});

describe("the doctor finds", () => {
  finds({
    "nothing where all is well": {
      state: stateOf([release(installed)]),
      world: { revisions: { 2: "deployed" } },
    },
    "a creation that made nothing": {
      state: stateOf([], [halfMade]),
      world: {},
      found: ["pending", /^pulumi refresh --stack musashi --clear-pending-creates$/, "clear"],
    },
    "an object that a killed run made": {
      state: stateOf([], [halfMade]),
      world: { managers: ["pulumi-kubernetes"] },
      found: ["half-made", /^npm run doctor -- --stack musashi --fix$/, "record"],
    },
    "a creation of which it cannot know, without a cluster": {
      state: stateOf([], [halfMade]),
      found: ["pending", /--kubeconfig/, undefined],
    },
    "a creation in a cloud, which somebody has to look at": {
      state: stateOf([], [resource("oci:ObjectStorage/bucket:Bucket", "bucket")]),
      world: {},
      found: ["pending", /^pulumi import --stack musashi oci:/, undefined],
    },
    "a creation of what exists in the state alone": {
      state: stateOf([], [resource("random:index/randomPassword:RandomPassword", "a")]),
      world: {},
      found: ["pending", /clear-pending/, "clear"],
    },
    "a patch of somebody else's object that was made": {
      state: stateOf([], [patch]),
      world: { managers: ["kubectl", "pulumi-kubernetes-0a1b2c3d"] },
      found: ["half-made", /--fix$/, "record"],
    },
    "a patch that was not made: another resource of the state has set these fields": {
      state: stateOf([other], [patch]),
      world: { managers: ["kubectl", "pulumi-kubernetes-0a1b2c3d"] },
      found: ["pending", /clear-pending/, "clear"],
    },
    "an update that was interrupted": {
      state: stateOf([], [halfMade], "updating"),
      world: {},
      found: ["pending", /clear-pending/, "clear"],
    },
    "an object that somebody else has made": {
      state: stateOf([], [halfMade]),
      world: { managers: ["helm", "kubectl-edit"] },
      found: [
        "pending",
        /^pulumi import --stack musashi kubernetes:core\/v1:Secret 'admin' harbor\/admin /,
        undefined,
      ],
    },
    "an object without a field that anybody could have set, as its creation makes it": {
      state: stateOf([], [account]),
      world: { managers: [] },
      found: ["half-made", /--fix$/, "record"],
    },
    "an object without the fields that its creation sets, which is somebody else's": {
      state: stateOf([], [halfMade]),
      world: { managers: [] },
      found: ["pending", /^pulumi import /, undefined],
    },
    "an object that another resource of the state has changed, and somebody else made": {
      state: stateOf([other], [halfMade]),
      world: { managers: ["helm", "pulumi-kubernetes-0a1b2c3d"] },
      found: ["pending", /kubectl delete secret admin --namespace harbor$/, undefined],
    },
    "an object that two others of Pulumi have set fields of": {
      state: stateOf([], [halfMade]),
      world: { managers: ["pulumi-kubernetes-0a1b2c3d", "pulumi-kubernetes-1a1b2c3d"] },
      found: ["pending", /^pulumi import /, undefined],
    },
    "nothing wrong with the Lease of a node that may be at work": {
      state: stateOf([]),
      world: { lease: lease(60, true) },
    },
    "a Lease that has ended": {
      state: stateOf([]),
      world: { lease: lease(-60, true) },
      found: ["lease", /^kubectl delete lease --namespace kube-system cluster-security-apply$/, "release"],
    },
    "a Lease of a node that the cluster does not have": {
      state: stateOf([]),
      world: { lease: lease(60, false) },
      found: ["lease", /^kubectl delete lease /, "release"],
    },
    "a Lease without a time": {
      state: stateOf([]),
      world: { lease: { ...lease(0, true), ends: new Date(0) } },
      found: ["lease", /^kubectl delete lease /, "release"],
    },
    "a Lease until much later than a run writes": {
      state: stateOf([]),
      world: { lease: lease(86_400, true) },
      found: ["lease", /^kubectl delete lease /, "release"],
    },
    "that it may not read the Lease": {
      state: stateOf([]),
      world: { lease: "hidden" },
      found: ["lease", /^kubectl get lease .* # as an administrator$/, undefined],
    },
  });
});
