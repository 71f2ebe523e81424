import assert from "node:assert/strict";
import { argoCdProblem } from "../../../../stacks/livingArgoCd.js";
import { until } from "../../../../cli/kit/until.js";
import type { Kubectl } from "../../../../cli/lab/kubectl.js";
import type { Lab } from "../../../../cli/lab/lab.js";
import { secretsInGit } from "../../../../cli/verify/claims/secretsInGit.js";
import { openTarget } from "../../../../cli/verify/cluster/target.js";
import { kubectlOf } from "../nodeLab.js";

interface Application {
  status: {
    sync?: { status: string; revision?: string };
    health?: { status: string };
    conditions?: { type: string; message: string }[];
    operationState?: { phase: string; message: string; syncResult?: { resources?: { message: string }[] } };
    resources?: { kind: string; name: string }[];
  };
}

const application = "backstage";
const namespace = "backstage";
const fileOf = (object: { kind: string }) => `${application}-${object.kind.toLowerCase()}.yaml`;
const configMap = (value: string) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "app-config" } },
  data: { key: value },
});

/** @param running The lab, once it has started, with what others install. */
export function testGitOps(running: () => Lab): void {
  let lab: Lab;
  let kubectl: Kubectl;
  let sealedSecret: string;
  let path: string;

  before(async () => {
    lab = running();
    kubectl = kubectlOf(lab);
    path = lab.settings.access.argocd.applications.find(({ name }) => name === application)!.path;
    sealedSecret = await gitOps().repositories.get(application)!.read(`${path}/${application}-db.yaml`);
  });

  const gitOps = () => lab.cluster.neighbours!.gitOps;
  /** Commits objects in addition to the SealedSecret that is there from the start. */
  const commit = (...objects: { kind: string }[]) =>
    gitOps().commit(application, {
      [`${path}/${application}-db.yaml`]: sealedSecret,
      ...Object.fromEntries(objects.map((object) => [`${path}/${fileOf(object)}`, JSON.stringify(object)])),
    });
  const read = async (name = application): Promise<Application> =>
    JSON.parse(
      await kubectl(["--namespace", "argocd", "get", "application", name, "--output=json"]),
    ) as Application;
  const there = (kind: string, name: string, of = namespace) =>
    kubectl(["--namespace", of, "get", kind, name, "--ignore-not-found", "--output=name"]);
  const valueOf = () =>
    kubectl([
      "--namespace",
      namespace,
      "get",
      "configmap",
      "app-config",
      "--output=jsonpath={.data.key}",
    ]).catch(() => "");
  const when = async (ask: () => Promise<boolean>, what: string) =>
    until(ask, async () => `${what}: ${JSON.stringify((await read()).status, null, 1)}`, {
      seconds: 120,
      pause: 1000,
    });

  it("is one that the program takes, by its definitions", async () => {
    const { kubeconfig } = lab.cluster;
    assert.equal(await argoCdProblem(lab.settings, { kubeconfig }), undefined);
  });

  it("brings the SealedSecret from the application's repository, and its controller unseals it", async () => {
    await when(async () => {
      const { sync, health } = (await read()).status;
      return sync?.status === "Synced" && health?.status === "Healthy";
    }, "it is not in sync and healthy");
    assert.match(await there("secret", `${application}-db`), /^secret/);
    const target = await openTarget({
      ...{ settings: lab.settings, kubeconfig: lab.cluster.kubeconfig },
      ...{ kubeseal: lab.binaries("kubeseal") },
      sealingCertificates: (await lab.outputs())["sealingCertificates"] as string[],
    });
    for (const { claim, check } of secretsInGit.claims) {
      const { status, evidence } = await check(target);
      assert.equal(status, "proved", `${claim}: ${evidence}`);
    }
    await target.scratch.remove();
  });

  it("follows the repository: what comes there comes here, what is changed here is put back", async () => {
    await commit(configMap("from Git"));
    await when(async () => (await valueOf()) === "from Git", "it does not bring a ConfigMap");
    const patch = JSON.stringify({ data: { key: "by hand" } });
    await kubectl(["--namespace", namespace, "patch", "configmap", "app-config", "--patch", patch]);
    await when(async () => (await valueOf()) === "from Git", "it does not put a ConfigMap back");
    await kubectl(["--namespace", namespace, "delete", "sealedsecret", `${application}-db`]);
    await when(
      async () => (await there("secret", `${application}-db`)) !== "",
      "it does not bring back the SealedSecret",
    );
  });

  it("deletes what is deleted in the repository", async () => {
    await commit();
    await when(async () => (await there("configmap", "app-config")) === "", "it does not delete a ConfigMap");
    assert.notEqual(await there("sealedsecret", `${application}-db`), "");
  });

  it("is kept by the project from following another repository, or to another namespace", async () => {
    const spec = {
      project: "default",
      source: { repoURL: "https://github.com/igfurlan/other.git", targetRevision: "main", path: "." },
      destination: { server: "https://kubernetes.default.svc", namespace: "kube-system" },
    };
    const other = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: "other", namespace: "argocd" },
      spec,
    };
    await kubectl(["apply", "--filename", "-"], { input: JSON.stringify(other) });
    await when(async () => {
      const messages = ((await read("other")).status.conditions ?? [])
        .map(({ message }) => message)
        .join("\n");
      return (
        messages.includes(
          "application repo https://github.com/igfurlan/other.git is not permitted in project 'default'",
        ) &&
        /namespace 'kube-system' do not match any of the allowed destinations in project 'default'/.test(
          messages,
        )
      );
    }, "it takes another repository");
  });

  // Last: ArgoCD tries a refused sync again and again, for minutes, before it looks at a newer commit.
  const forbidden = [
    {
      ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name: "open" } },
      spec: { podSelector: {}, ingress: [{}], egress: [{}], policyTypes: ["Ingress", "Egress"] },
    },
    {
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "admin" } },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
      subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
    },
    { apiVersion: "v1", kind: "Secret", metadata: { name: "plain" }, stringData: { password: "in Git" } },
    {
      ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "from-git" } },
      rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
    },
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system", labels: { from: "git" } } },
  ];
  it("is kept by the project from bringing what an application does not consist of", async () => {
    await commit(...forbidden);
    await when(async () => {
      const { conditions = [], operationState } = (await read()).status;
      const said = [...conditions, ...(operationState?.syncResult?.resources ?? [])].map(
        ({ message }) => message,
      );
      return forbidden.every(({ kind }) =>
        said.some((text) => text.includes(`:${kind} is not permitted in project default`)),
      );
    }, "it does not refuse each of them");
    const labels = ["get", "namespace", "kube-system", "--output=jsonpath={.metadata.labels.from}"];
    assert.equal(await kubectl(labels), "");
    for (const { kind, metadata } of forbidden)
      if (kind !== "Namespace") assert.equal(await there(kind, metadata.name), "");
  });
}
