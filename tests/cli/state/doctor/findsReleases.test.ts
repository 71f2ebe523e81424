import { finds } from "./findings.js";
import { cilium, release, installed, stateOf } from "./world.js";

describe("the doctor finds, of releases,", () => {
  finds({
    "a first install that was killed": {
      state: stateOf([], [release()]),
      world: { revisions: { 1: "pending-install" } },
      found: ["release", /^helm uninstall harbor --namespace registry --wait$/, "helm"],
    },
    "an install that was killed when it was done": {
      state: stateOf([], [release()]),
      world: { revisions: { 1: "deployed" } },
      found: ["half-made", /--fix$/, "record"],
    },
    "an upgrade that was killed": {
      state: stateOf([release(installed)]),
      world: { revisions: { 1: "superseded", 2: "deployed", 3: "failed", 4: "pending-upgrade" } },
      found: ["release", /^helm rollback harbor 2 --namespace registry --wait$/, "helm"],
    },
    "an upgrade that Helm may still work on": {
      state: stateOf([release(installed)]),
      world: { revisions: { 2: "deployed", 3: "pending-upgrade" }, age: 200 },
      found: ["release", /^helm rollback harbor 2 .*# after that/, undefined],
    },
    "an upgrade that was killed, once the release's own timeout is over": {
      state: stateOf([release(installed, { inputs: { ...release().inputs, timeout: 60 } })]),
      world: { revisions: { 2: "deployed", 3: "pending-upgrade" }, age: 100 },
      found: ["release", /^helm rollback harbor 2 /, "helm"],
    },
    "a release without a revision to go back to, which it does not uninstall": {
      state: stateOf([release(installed)]),
      world: { revisions: { 1: "failed", 2: "pending-upgrade" } },
      found: ["release", /^helm uninstall harbor .*# if nothing/, undefined],
    },
    "a first install that has failed, which it does not uninstall": {
      state: stateOf([], [release()]),
      world: { revisions: { 1: "failed" } },
      found: ["release", /^helm uninstall harbor .*# if nothing/, undefined],
    },
    "a release of more revisions than a creation makes, which may be somebody else's": {
      state: stateOf([], [release()]),
      world: { revisions: { 1: "failed", 2: "pending-install" } },
      found: ["release", /^helm history harbor .*helm uninstall harbor/, undefined],
    },
    "an install from an archive that was killed when it was done": {
      state: stateOf(
        [],
        [release(undefined, { inputs: { ...release().inputs, chart: "/a/harbor-1.0.0.tgz" } })],
      ),
      world: { revisions: { 1: "deployed" } },
      found: ["half-made", /--fix$/, "record"],
    },
    "a release of another chart, which is somebody else's": {
      state: stateOf([], [release()]),
      world: { revisions: { 1: "pending-install" }, chart: "theirs" },
      found: ["release", /^helm history harbor /, undefined],
    },
    "a release of another version, which is somebody else's": {
      state: stateOf([], [release()]),
      world: { revisions: { 1: "deployed" }, chartVersion: "1.0.1" },
      found: ["release", /^helm history harbor /, undefined],
    },
    "an upgrade of the CNI that was killed, which it does not roll back": {
      state: stateOf([cilium]),
      world: { revisions: { 2: "deployed", 3: "pending-upgrade" }, chart: "cilium" },
      found: [
        "release",
        /^kubectl delete secret sh\.helm\.release\.v1\.cilium\.v3 --namespace kube-system {3}# Helm forgets .* no pod is changed/,
        undefined,
      ],
    },
    "a first install of the CNI that was killed, which it does not uninstall": {
      state: stateOf([], [cilium]),
      world: { revisions: { 1: "pending-install" }, chart: "cilium" },
      found: ["release", /^kubectl delete secret sh\.helm\.release\.v1\.cilium\.v1 /, undefined],
    },
    "a first install of the CNI that has failed and is not in the state": {
      state: stateOf([], [cilium]),
      world: { revisions: { 1: "failed" }, chart: "cilium" },
      found: ["release", /^kubectl delete secret sh\.helm\.release\.v1\.cilium\.v1 /, undefined],
    },
    "a release of the CNI that has failed, with what to look at and how to go on": {
      state: stateOf([cilium]),
      world: { revisions: { 2: "deployed", 3: "failed" }, chart: "cilium" },
      found: [
        "release",
        /^pulumi up --stack musashi {3}# .*kubectl get pods --namespace kube-system;.* raise releases\.cilium\.timeoutSeconds$/,
        undefined,
      ],
    },
    "a removal that was killed": {
      state: stateOf([release(installed)]),
      world: { revisions: { 1: "deployed", 2: "uninstalling" } },
      found: ["release", /^helm uninstall harbor .*# if nothing/, undefined],
    },
    "a protected release that only its removal would mend": {
      state: stateOf([release(installed, { protect: true })]),
      world: { revisions: { 1: "pending-install" } },
      found: ["release", /^helm uninstall harbor .*# if nothing/, undefined],
    },
    "a release that is gone": {
      state: stateOf([release(installed)]),
      world: {},
      found: ["gone", /^pulumi refresh --stack musashi --target 'urn:.*::chart'$/, "refresh"],
    },
    "nothing about a release that Helm never knew": { state: stateOf([release({ status: {} })]), world: {} },
  });
});
