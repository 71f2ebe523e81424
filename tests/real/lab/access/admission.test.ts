import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { AdmissionPoliciesArgs } from "../../../../components/access/admission/objects.js";
import { AdmissionPolicies } from "../../../../components/access/admissionPolicies.js";
import { clusterAdmins } from "../../../../components/access/clusterAdmins.js";
import { capture } from "../../../kit/capture.js";
import { binaries, Lab, nodeFilesOf, settingsWith } from "../verify/lab.js";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const args: AdmissionPoliciesArgs = {
  namespaces: ["apps", "velero"],
  action: "deny",
  registries: [
    "ghcr.io",
    "docker.io/library",
    "docker.io/goharbor/harbor-core",
    "harbor.kubefurlan.com:8443",
  ],
  hostPathUsers: [{ namespace: "velero", serviceAccount: "velero-server", reason: "reads volumes" }],
  clusterAdmins: clusterAdmins(),
};

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

const good = "ghcr.io/owner/app:1.2.3";
const container = (image = good, more: object = {}) => ({ name: "web", image, ...more });

function pod(spec: object, namespace = "apps"): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace },
    spec: { containers: [container()], ...spec },
  };
}
const images = (...list: string[]): Manifest =>
  pod({ containers: list.map((image, index) => ({ name: `web${index}`, image })) });

function workload(apiVersion: string, kind: string, image: string, more: object = {}): Manifest {
  const labels = { app: "web" };
  const template = {
    metadata: { labels },
    spec: {
      containers: [container(image)],
      restartPolicy: kind.endsWith("Job") ? "Never" : "Always",
      ...more,
    },
  };
  const specs: Record<string, object> = {
    CronJob: { schedule: "0 0 * * *", jobTemplate: { spec: { template } } },
    Job: { template },
    ReplicationController: { selector: labels, template },
    StatefulSet: { serviceName: "web", selector: { matchLabels: labels }, template },
  };
  const spec = specs[kind] ?? { selector: { matchLabels: labels }, template };
  return { apiVersion, kind, metadata: { name: "web", namespace: "apps" }, spec };
}

function binding(kind: "ClusterRoleBinding" | "RoleBinding", role: string, ...subjects: object[]): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name: "test", ...(kind === "RoleBinding" ? { namespace: "other" } : {}) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects,
  };
}
const user = (name: string) => ({ kind: "User", apiGroup: "rbac.authorization.k8s.io", name });
const account = (namespace: string, name: string) => ({ kind: "ServiceAccount", namespace, name });

const registries = `images may come from ${args.registries.join(", ")} (setting access.admission.registries)`;
const unlisted = (list: string) => `not from a listed registry: ${list}; ${registries}`;
const unpinned = (list: string) =>
  `not one version: ${list}; give a tag other than latest, or a digest, so that a restart runs what was reviewed`;
const privileged = (list: string) =>
  `privileged: container ${list}; a privileged container is root on its node. Take securityContext.privileged out; add the one capability it needs instead`;
const shared = (list: string) =>
  `shares its node's namespaces: ${list}; take the field out: policies of the network and of other pods do not hold there`;
const mounted = (list: string) =>
  `mounts folders of its node: ${list}; use a PersistentVolumeClaim, a ConfigMap or an emptyDir instead of hostPath`;
const administrator = (list: string) =>
  `would make cluster-admin: ${list}; bind a role with the rights that are needed, or list the subject with a reason (setting access.clusterAdmins)`;
const hostPath = (path: string) => ({ name: "host", hostPath: { path } });
const imageVolume = (reference: string) => pod({ volumes: [{ name: "image", image: { reference } }] });

/** What is asked for, and the reason it is refused with; none where it is let in. */
const cases: [name: string, manifest: Manifest, refusal?: string][] = [
  ["an image of a listed registry", images(good)],
  ["an image by digest", images(`ghcr.io/owner/app@${digest}`)],
  ["an image by tag and digest", images(`ghcr.io/owner/app:latest@${digest}`)],
  ["a short name of a listed path", images("nginx:1.29.1")],
  ["one listed repository", images("goharbor/harbor-core:v2.15.1")],
  ["a listed registry with a port", images("harbor.kubefurlan.com:8443/library/app:1")],
  ["a tag that begins with latest", images("ghcr.io/owner/app:latest-1")],
  ["an image of another registry", images("quay.io/owner/app:1"), unlisted("quay.io/owner/app:1")],
  ["a short name of another path", images("bitnami/redis:8"), unlisted("bitnami/redis:8")],
  [
    "a neighbour of a listed repository",
    images("goharbor/harbor-core-x:1"),
    unlisted("goharbor/harbor-core-x:1"),
  ],
  ["a listed host on a port", images("ghcr.io:443/owner/app:1"), unlisted("ghcr.io:443/owner/app:1")],
  ["a listed host as a path", images("evil.example/ghcr.io/app:1"), unlisted("evil.example/ghcr.io/app:1")],
  [
    "a host that begins like a listed one",
    images("ghcr.io.evil.example/app:1"),
    unlisted("ghcr.io.evil.example/app:1"),
  ],
  ["a registry on the node", images("localhost/app:1"), unlisted("localhost/app:1")],
  ["a listed port left out", images("harbor.kubefurlan.com/app:1"), unlisted("harbor.kubefurlan.com/app:1")],
  ["two images, one of them unlisted", images(good, "quay.io/a/b:1"), unlisted("quay.io/a/b:1")],
  ["no tag", images("ghcr.io/owner/app"), unpinned("ghcr.io/owner/app")],
  ["no tag, on a port", images("harbor.kubefurlan.com:8443/app"), unpinned("harbor.kubefurlan.com:8443/app")],
  ["latest", images("ghcr.io/owner/app:latest"), unpinned("ghcr.io/owner/app:latest")],
  ["an init container", pod({ initContainers: [{ name: "init", image: "nginx" }] }), unpinned("nginx")],
  ["an image to mount", imageVolume(good)],
  ["an image to mount from another registry", imageVolume("evil.example/x:1"), unlisted("evil.example/x:1")],
  ["an image to mount, latest", imageVolume("ghcr.io/owner/x:latest"), unpinned("ghcr.io/owner/x:latest")],
  [
    "an image to mount, of a Deployment",
    workload("apps/v1", "Deployment", good, {
      volumes: [{ name: "image", image: { reference: "evil.example/x:1" } }],
    }),
    unlisted("evil.example/x:1"),
  ],
  ["a Deployment", workload("apps/v1", "Deployment", "nginx"), unpinned("nginx")],
  ["a good Deployment", workload("apps/v1", "Deployment", good)],
  ["a DaemonSet", workload("apps/v1", "DaemonSet", "nginx"), unpinned("nginx")],
  ["a StatefulSet", workload("apps/v1", "StatefulSet", "quay.io/a/b:1"), unlisted("quay.io/a/b:1")],
  ["a ReplicaSet", workload("apps/v1", "ReplicaSet", "nginx"), unpinned("nginx")],
  ["a ReplicationController", workload("v1", "ReplicationController", "nginx"), unpinned("nginx")],
  ["a Job", workload("batch/v1", "Job", "nginx:latest"), unpinned("nginx:latest")],
  ["a CronJob", workload("batch/v1", "CronJob", "nginx"), unpinned("nginx")],
  ["a good CronJob", workload("batch/v1", "CronJob", good)],
  ["a namespace that is not listed", { ...images("nginx"), metadata: { name: "web", namespace: "other" } }],
  [
    "an unprivileged container",
    pod({ containers: [container(good, { securityContext: { privileged: false } })] }),
  ],
  [
    "a privileged container",
    pod({ containers: [container(good, { securityContext: { privileged: true } })] }),
    privileged("web"),
  ],
  [
    "a privileged init container",
    pod({ initContainers: [{ name: "init", image: good, securityContext: { privileged: true } }] }),
    privileged("init"),
  ],
  ["the node's network", pod({ hostNetwork: true }), shared("hostNetwork")],
  ["the node's processes", pod({ hostPID: true, hostIPC: true }), shared("hostPID, hostIPC")],
  ["a folder of the node", pod({ volumes: [hostPath("/etc")] }), mounted("/etc")],
  ["a volume that is none of the node's", pod({ volumes: [{ name: "tmp", emptyDir: {} }] })],
  [
    "a folder of the node, of whom it is allowed",
    pod({ serviceAccountName: "velero-server", volumes: [hostPath("/var/lib/kubelet/pods")] }, "velero"),
  ],
  [
    "a folder of the node, of another account beside it",
    pod({ serviceAccountName: "default", volumes: [hostPath("/var/lib/kubelet/pods")] }, "velero"),
    mounted("/var/lib/kubelet/pods"),
  ],
  [
    "a folder of the node, of an account of the same name elsewhere",
    pod({ serviceAccountName: "velero-server", volumes: [hostPath("/etc")] }),
    mounted("/etc"),
  ],
  [
    "an administrator on the list",
    binding("ClusterRoleBinding", "cluster-admin", account("velero", "velero-server")),
  ],
  ["a binding of nobody", binding("ClusterRoleBinding", "cluster-admin")],
  [
    "a new administrator",
    binding(
      "ClusterRoleBinding",
      "cluster-admin",
      account("apps", "default"),
      account("velero", "velero-server"),
    ),
    administrator("User system:serviceaccount:apps:default"),
  ],
  [
    "an administrator of one namespace",
    binding("RoleBinding", "cluster-admin", user("mallory")),
    administrator("User mallory"),
  ],
  ["a binding of another role", binding("ClusterRoleBinding", "view", user("mallory"))],
];

describe("admission policies on a real API server", function () {
  let lab: Lab;
  const kubectl = (command: string[], input?: unknown) =>
    spawnSync(binaries("kubectl"), ["--kubeconfig", lab.plane.paths.kubeconfig, ...command], {
      input: input === undefined ? undefined : JSON.stringify(input),
      encoding: "utf8",
    });
  /** Does it for real; fails with what kubectl says. */
  function done(command: string[], input?: unknown): void {
    const { status, stderr } = kubectl(command, input);
    assert.equal(status, 0, stderr);
  }
  const create = (manifest: Manifest, ...options: string[]) =>
    kubectl(["create", ...options, "-f", "-"], manifest);
  const tried = (manifest: Manifest) => create(manifest, "--dry-run=server");
  /** Waits until the API server has taken the policies up, which it does a moment after they were made. */
  async function until(manifest: Manifest, what: (said: string) => boolean): Promise<void> {
    for (let tries = 0; ; tries++) {
      const { stderr } = tried(manifest);
      if (what(stderr)) return;
      assert.ok(tries < 60, `the policies do not hold: ${stderr}`);
      await sleep(500);
    }
  }

  async function laid(action: "warn" | "deny"): Promise<void> {
    const captured = await capture(() => new AdmissionPolicies("admission", { ...args, action }));
    const items = captured.resources.filter(({ custom }) => custom).map(({ inputs }) => inputs);
    done(["apply", "-f", "-"], { apiVersion: "v1", kind: "List", items });
  }

  before(async function () {
    this.timeout(180_000);
    const settings = settingsWith();
    lab = await Lab.of("admission");
    await lab.apply(await nodeFilesOf(settings));
    for (const namespace of ["apps", "velero", "other"]) done(["create", "namespace", namespace]);
    for (const namespace of ["apps", "velero", "other"]) {
      await until(
        { ...images(good), metadata: { name: "web", namespace } },
        (said) => !said.includes("serviceaccount"),
      );
    }
    done(["create", "serviceaccount", "velero-server", "--namespace=velero"]);
    done(["create", "serviceaccount", "velero-server", "--namespace=apps"]);
    // What is there before the policies.
    done(["create", "-f", "-"], workload("apps/v1", "Deployment", "nginx"));
    done(["create", "-f", "-"], binding("ClusterRoleBinding", "cluster-admin", user("before")));
    await laid("deny");
    await until(images("nginx"), (said) => said.includes("denied"));
    await until(pod({ hostNetwork: true }), (said) => said.includes("denied"));
    await until(binding("RoleBinding", "cluster-admin", user("mallory")), (said) => said.includes("denied"));
  });
  after(() => lab.stop());

  for (const [name, manifest, refusal] of cases) {
    it(`${refusal ? "refuse" : "let in"}: ${name}`, () => {
      const found = tried({ ...manifest, metadata: { ...manifest.metadata, name: "tried" } });
      if (refusal === undefined) {
        assert.equal(found.status, 0, found.stderr);
        assert.equal(found.stderr.includes("cluster-security"), false, found.stderr);
      } else {
        assert.notEqual(found.status, 0, "it was let in");
        const reason = /denied request: (.*)/.exec(found.stderr)?.[1];
        assert.equal(reason, refusal);
      }
    });
  }

  it("find no fault with their own expressions", async () => {
    for (let tries = 0; ; tries++) {
      const { stdout } = kubectl(["get", "validatingadmissionpolicies", "--output=json"]);
      const { items } = JSON.parse(stdout) as {
        items: {
          metadata: { name: string };
          status?: { typeChecking?: { expressionWarnings?: unknown[] } };
        }[];
      };
      assert.equal(items.length, 3);
      if (items.every(({ status }) => status?.typeChecking)) {
        const warnings = items.map(({ status }) => status!.typeChecking!.expressionWarnings ?? []);
        assert.deepEqual(warnings, [[], [], []]);
        return;
      }
      assert.ok(tries < 60, "the API server has not checked the types");
      await sleep(500);
    }
  });

  it("leave what was there before as it is, but not a change for the worse", () => {
    done(["label", "deployment", "web", "--namespace=apps", "theirs=kept"]);
    done(["scale", "deployment", "web", "--namespace=apps", "--replicas=0"]);
    done(["label", "clusterrolebinding", "test", "theirs=kept"]);
    const image = kubectl(["set", "image", "deployment/web", "--namespace=apps", "web=httpd"]);
    assert.match(image.stderr, /denied request: not one version: httpd;/);
    done(["set", "image", "deployment/web", "--namespace=apps", "web=nginx:1.29.1"]);
    const subjects = JSON.stringify({ subjects: [user("before"), user("mallory")] });
    const patch = kubectl(["patch", "clusterrolebinding", "test", "--patch", subjects]);
    assert.match(patch.stderr, /denied request: would make cluster-admin: User mallory;/);
  });

  it("refuse a debug container as they refuse any", () => {
    done(["create", "-f", "-"], { ...pod({}), metadata: { name: "debugged", namespace: "apps" } });
    const debug = kubectl(["debug", "debugged", "--namespace=apps", "--image=busybox", "--target=web"]);
    assert.match(debug.stderr, /denied request: not one version: busybox;/);
  });

  it("only warn where the setting says so", async () => {
    await laid("warn");
    await until(images("nginx"), (said) => !said.includes("denied"));
    const { status, stderr } = tried(images("nginx"));
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /^Warning: Validation failed for ValidatingAdmissionPolicy 'cluster-security-images'/m,
    );
    assert.ok(stderr.includes(unpinned("nginx")), stderr);
  });
});
