import assert from "node:assert/strict";
import { base, edited, everything, inKubeadm } from "./given.js";
import { Rig } from "./rig/rig.js";
import { key, type Wish } from "./rig/wish.js";

/** Another flag of a component. */
const flag = (part: string, name: string, value: string): Wish =>
  inKubeadm(
    `${part}:\n  extraArgs:\n`,
    `${part}:\n  extraArgs:\n    - name: ${name}\n      value: "${value}"\n`,
  );

const etcd = (name: string, value: string): Wish =>
  inKubeadm(
    "kubernetesVersion:",
    `etcd:\n  local:\n    extraArgs:\n    - name: ${name}\n      value: "${value}"\nkubernetesVersion:`,
  );

describe("cluster-security-apply, before it touches what runs", () => {
  let rig: Rig;
  before(async () => {
    rig = await Rig.of({ watchers: true });
    await rig.applied(base);
  });
  after(() => rig.stop());

  const processes = (): Promise<string> =>
    rig.node.sh("pidof kube-apiserver kube-scheduler kube-controller-manager etcd");

  const cases: [what: string, wish: Wish, component: string, reason: RegExp][] = [
    [
      "an audit policy with a level that is none",
      {
        ...base,
        secretsLevel: "RequestResponse",
        change: edited(/audit\/policy/, "level: RequestResponse", "level: Everything"),
      },
      "kube-apiserver",
      /loading audit policy file: rules\[\d+\]\.level: Unsupported value: \\"Everything\\"/,
    ],
    [
      "an authentication configuration that names no issuer",
      {
        ...base,
        change: edited(
          /authentication/,
          "kind: AuthenticationConfiguration",
          "kind: AuthenticationConfiguration\njwt: [{}]",
        ),
      },
      "kube-apiserver",
      /jwt\[0\]\.issuer\.url: Required value/,
    ],
    [
      "an encryption key of another length",
      {
        ...base,
        keys: [key("key2"), key("key1")],
        change: edited(/enc\.yaml/, /secret: \S+/, "secret: YWJj"),
      },
      "kube-apiserver",
      /secret is not of the expected length/,
    ],
    [
      "a flag of the API server",
      flag("apiServer", "max-requests-inflight", "x"),
      "kube-apiserver",
      /"x" for "--max-requests-inflight" flag/,
    ],
    [
      "a flag of the controller manager",
      flag("controllerManager", "terminated-pod-gc-threshold", "x"),
      "kube-controller-manager",
      /"x" for "--terminated-pod-gc-threshold" flag/,
    ],
    [
      "a flag of the scheduler",
      flag("scheduler", "kube-api-qps", "x"),
      "kube-scheduler",
      /"x" for "--kube-api-qps" flag/,
    ],
    [
      "a flag that is none",
      flag("scheduler", "no-such-flag", "x"),
      "kube-scheduler",
      /^unknown flag: --no-such-flag$/,
    ],
    [
      "a flag of etcd",
      etcd("quota-backend-bytes", "x"),
      "etcd",
      /^invalid value "x" for flag -quota-backend-bytes: parse error$/,
    ],
    ["a setting of etcd", etcd("cipher-suites", "NONE"), "etcd", /unexpected TLS cipher suite/],
  ];
  for (const [what, wish, component, reason] of cases) {
    it(`refuses ${what}, with the reason of ${component}`, async () => {
      const before = await everything(rig);
      const running = await processes();
      const { status, stderr } = await rig.apply(wish);
      assert.equal(status, 1);
      const [first, ...said] = stderr.trimEnd().split("\n");
      assert.equal(
        first,
        `cluster-security-apply: ${component} does not start with its new flags and files; nothing was changed. It says:`,
      );
      assert.match(said.join("\n"), reason);
      assert.deepEqual(await everything(rig), before);
      assert.equal(await processes(), running);
      assert.equal((await rig.node.sh("pgrep -f '^/proc/[0-9]+/exe' || :")).trim(), "", "no program is left");
    });
  }

  const untried: Wish = { ...base, maxBackups: 6 };
  it("says so where nothing can be tried first", async () => {
    const unwrap = rig.node.wrap("unshare", "exit 1");
    try {
      const { stdout } = await rig.apply(untried);
      assert.match(
        stdout,
        /^-- the new configuration cannot be tried first: that takes unshare of util-linux$/m,
      );
    } finally {
      unwrap();
    }
  });

  it("goes back from what only shows when it runs, and the API server answers again", async () => {
    const before = await everything(rig);
    // What is tried is the program that runs, and not what stands before it.
    const unwrap = rig.node.wrap(
      "kube-apiserver",
      'case "$*" in *audit-log-maxbackup=5*) set -- "$@" --audit-policy-file=/dev/null ;; esac\nexec "$PROGRAM" "$@"',
    );
    try {
      const { status, stderr } = await rig.apply({ ...base, maxBackups: 5 });
      assert.equal(status, 1);
      assert.match(
        stderr,
        /kube-apiserver ended three times with its new files\. The end of its log:\n(.*\n)*.*audit policy/,
      );
      assert.match(
        stderr,
        /everything is as it was\. .* run again: cluster-security-apply --node a <BUNDLE\n$/,
      );
    } finally {
      unwrap();
    }
    assert.deepEqual(await everything(rig), before);
    await rig.node.kubectl("get", "secrets", "-A");
    assert.equal(await rig.applied(untried), "applied: nothing changed");
  });
});
