import assert from "node:assert/strict";
import { join } from "node:path";
import { kubeadm } from "../../../../cli/lab/cluster/kubeadm.js";
import { roleOf, rolesAndBindings, type LiveBinding } from "../../../../cli/verify/checks/access/bindings.js";
import {
  kubernetesBindings,
  type KubernetesBinding,
} from "../../../../cli/verify/checks/access/kubernetesRoles.js";
import { powersOf, type RoleRule } from "../../../../cli/verify/checks/access/powers.js";
import { unauthorizedAccess } from "../../../../cli/verify/claims/unauthorizedAccess.js";
import { binaries, Lab, nodeFilesOf, settingsWith, withApiServerFlags } from "./lab.js";

const settings = settingsWith();
const anonymous = "Anonymous requests are answered on the health endpoints only";
const tls = "TLS below 1.2 is refused";
const notPublic = "The API server is not public";
const kubeconfigs = "Kubeconfigs are closed to other users of their machine";
const inCluster = "No kubeconfig lies in the cluster";

describe("ways to the API server", function () {
  let lab: Lab;
  before(async () => {
    lab = await Lab.of("connections");
  });
  after(() => lab.stop());

  it("are closed as the page says", async () => {
    await lab.apply(await nodeFilesOf(settings));
    const findings = await lab.findings(unauthorizedAccess, settings);
    for (const claim of [anonymous, tls, notPublic, kubeconfigs, inCluster]) {
      assert.equal(findings[claim]!.status, "proved", `${claim}: ${findings[claim]!.evidence}`);
    }
    assert.equal(
      findings[anonymous]!.evidence,
      "/livez 200, /readyz 200, /healthz 200, /version 401, /api 401, /apis 401, /openapi/v2 401, /openapi/v3 401, " +
        "/metrics 401, /api/v1/namespaces 401, /api/v1/secrets 401, " +
        "/api/v1/namespaces/kube-public/configmaps/cluster-info 401",
    );
    assert.match(
      findings[tls]!.evidence,
      /^127\.0\.0\.1:\d+ refuses TLSv1 and TLSv1\.1 \(alert protocol_version\)$/,
    );
    assert.match(
      findings[notPublic]!.evidence,
      /^the API server is at 192\.0\.2\.10, 127\.0\.0\.1, all private; /,
    );
  });

  it("are found when the API server itself opens one", async () => {
    const changed = await lab.apply(
      withApiServerFlags(await nodeFilesOf(settings), {
        "authentication-config": undefined,
        "tls-min-version": "VersionTLS10",
        "tls-cipher-suites": undefined,
      }),
    );
    assert.deepEqual(changed, ["kube-apiserver"]);
    const findings = await lab.findings(unauthorizedAccess, settings);
    assert.equal(findings[anonymous]!.status, "failed");
    assert.equal(findings[anonymous]!.evidence, "answered anonymously: /version 200");
    assert.equal(findings[tls]!.status, "failed");
    assert.match(findings[tls]!.evidence, /^127\.0\.0\.1:\d+ speaks TLSv1$/);
  });

  it("of Kubernetes' own controllers and components have the rights that this program knows of", async () => {
    const { node, kubeconfig } = lab.plane.paths;
    const options = ["--config", join(node, "tmp/kubeadm.yaml"), "--kubeconfig", kubeconfig];
    kubeadm(binaries("kubeadm"), ["init", "phase", "bootstrap-token", ...options], join(node, "tmp/kubeadm"));
    const { roles, bindings } = await rolesAndBindings((await lab.target(settings)).api);
    const live = bindings
      .filter(({ roleRef }) => roleRef.name !== "cluster-admin")
      .map((binding) => withPowers(binding, roles.get(roleOf(binding))?.rules ?? []))
      .filter(({ subjects, rules }) => subjects.length > 0 && rules.length > 0)
      .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    const known = kubernetesBindings.filter(({ rules }) => rules.length > 0);
    assert.deepEqual(
      live,
      known.map(({ dropped: _, ...rest }) => rest),
    );
    assert.ok(live.some(({ name }) => name === "system:kubelet-api-admin"));
  });
});

/** A binding with those rules of its role that give a power, as the file of known ones has it. */
function withPowers({ roleRef, metadata, subjects = [] }: LiveBinding, rules: RoleRule[]): KubernetesBinding {
  return {
    kind: roleRef.kind,
    name: roleRef.name,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    subjects: subjects.map(({ kind, namespace, name }) => ({
      kind,
      ...(namespace !== undefined && { namespace }),
      name,
    })),
    rules: rules.filter((rule) => powersOf([rule], metadata.namespace).length > 0),
  };
}

const nameOf = ({ kind, name, namespace = "" }: KubernetesBinding): string =>
  [kind, name, namespace].join(" ");
