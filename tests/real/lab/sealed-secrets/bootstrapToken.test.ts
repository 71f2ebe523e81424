import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { stopLab } from "../../../../cli/lab/cluster/labControlPlane.js";
import { until } from "../../../../cli/kit/until.js";
import { powersOf } from "../../../../cli/verify/checks/access/powers.js";
import { KubeApi } from "../../../../stacks/kubernetes/api.js";
import { folderOfTest } from "../../../kit/folder.js";
import { binaries, needUserNamespaces } from "./lab.js";
import { SealingLab } from "./sealingLab.js";

describe("a right on SealedSecrets in kube-system, tried with the controller", function () {
  this.timeout(180_000);
  const lab = new SealingLab();
  const folder = folderOfTest();
  const user = "maker-of-sealedsecrets";

  before(async function () {
    needUserNamespaces(this);
    await lab.newCluster("token", ["first"]);
    await lab.start();
  });
  after(() => stopLab(`${lab.suite}-token`, { removeFiles: true }));

  it("makes a token that signs in: power make-tokens", async () => {
    const rule = { apiGroups: ["bitnami.com"], resources: ["sealedsecrets"], verbs: ["create", "patch"] };
    assert.deepEqual(powersOf([rule], "kube-system"), ["make-tokens"]);
    assert.deepEqual(powersOf([rule], "backstage"), []);
    const metadata = { name: user, namespace: "kube-system" };
    const of = { apiVersion: "rbac.authorization.k8s.io/v1" };
    await lab.apply({ ...of, kind: "Role", metadata, rules: [rule] });
    await lab.apply({
      ...of,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: user },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
    });
    const token = { id: "abcdef", secret: "0123456789abcdef" };
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: `bootstrap-token-${token.id}`, namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      stringData: {
        "token-id": token.id,
        "token-secret": token.secret,
        "usage-bootstrap-authentication": "true",
      },
    };
    writeFileSync(folder("cert.pem"), lab.certificates[0]!);
    const sealed = execFileSync(binaries("kubeseal"), ["--cert", folder("cert.pem"), "--format", "yaml"], {
      input: stringify(secret),
      encoding: "utf8",
    });
    const as = ["--as", user];
    await lab.kubectl(["create", "--filename", "-", ...as], { input: sealed });
    const admin = new KubeConfig();
    admin.loadFromFile(lab.plane.paths.kubeconfig);
    const config = new KubeConfig();
    config.loadFromClusterAndUser(admin.getCurrentCluster()!, {
      name: "token",
      token: `${token.id}.${token.secret}`,
    });
    const holder = await KubeApi.of(config);
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let said = "";
    await until(
      async () => {
        const { status, body } = await holder.request({ method: "POST", path, body: review });
        said = body;
        return status === 201;
      },
      () => `the token does not sign in: ${said}`,
    );
    assert.match(said, /"username": ?"system:bootstrap:abcdef"/);
  });
});
