import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { placeholder } from "./fixtures/project/stacks/settings.js";
import { chartArchive, have, Project, type Ran } from "./project.js";

const needle = placeholder("v1:c2VjcmV0OnNlY3JldA==:bm90IGRlY3J5cHRhYmxlIGhlcmU=");

const tree = `+ cluster-security-musashi  pulumi:pulumi:Stack  create
├─ + backups  cluster-security:fixture:Group  create
│  ├─ + bucket  oci:ObjectStorage:Bucket  create
│  ├─ + node  command:remote:Command  create
│  ├─ + writer  oci:Identity:User  create
│  └─ + writer-key  oci:Identity:CustomerSecretKey  create
├─ + certificates  cluster-security:fixture:Group  create
│  ├─ + issuer  kubernetes:cert-manager.io/v1:ClusterIssuer  create
│  ├─ + release  kubernetes:helm.sh/v3:Release  create
│  └─ + token  cloudflare:ApiToken  create
├─ + cluster  pulumi:providers:kubernetes  create
├─ + namespaces  cluster-security:fixture:Group  create
│  └─ + ns  kubernetes:core/v1:Namespace  create
└─ + secrets  cluster-security:fixture:Group  create
   ├─ + certificate  tls:SelfSignedCert  create
   ├─ + key  tls:PrivateKey  create
   ├─ + password  random:RandomPassword  create
   ├─ + public  kubernetes:core/v1:ConfigMap  create
   └─ + secret  kubernetes:core/v1:Secret  create

Charts not inspected (npm run tools fetches those of Cilium, cert-manager, Sealed Secrets and Harbor; the others come by --charts):
  apps/cert-manager: oci://quay.io/jetstack/charts/cert-manager v1.21.1; its objects are not compared with the program's

musashi: 19 to create, 0 to update, 0 to replace, 0 to delete, 0 unchanged, 0 violations
`;

describe("plan", () => {
  let project: Project;

  before(async function () {
    await have(this, "pulumi");
    project = new Project();
    project.commit();
  });
  after(() => project.remove());
  beforeEach(() => project.settings((text) => text));

  function succeeded(ran: Ran): Ran {
    assert.equal(ran.status, 0, ran.stderr);
    return ran;
  }

  it("prints the whole stack as a tree grouped by component, the same text each time, and on stderr what is going on", async () => {
    const runs = await Promise.all([project.plan(), project.plan()]);
    for (const ran of runs) {
      assert.equal(succeeded(ran).stdout, tree);
      assert.match(ran.stderr, /^planning musashi\nplanned in \d+\.\d s\n$/);
    }
  });

  it("prints a summary, the resources and the violations as JSON", async () => {
    const { stdout } = succeeded(await project.plan("--json"));
    const { summary, resources, violations, ...rest } = JSON.parse(stdout);
    assert.deepEqual(rest, { charts: [] });
    assert.deepEqual(summary, { create: 19, update: 0, replace: 0, delete: 0, same: 0 });
    assert.deepEqual(violations, []);
    assert.equal(resources.length, 19);
    assert.deepEqual(
      resources.find(({ type }: { type: string }) => type === "oci:ObjectStorage/bucket:Bucket"),
      {
        urn: "urn:pulumi:musashi::cluster-security::cluster-security:fixture:Group$oci:ObjectStorage/bucket:Bucket::bucket",
        type: "oci:ObjectStorage/bucket:Bucket",
        operation: "create",
      },
    );
  });

  it("says what the settings only warn of, and what they lack", async () => {
    project.settings((text) =>
      text.replace("name: musashi", "name: existing").replace("replicas: 1", "replicas: 2"),
    );
    const { stdout } = succeeded(await project.plan());
    assert.match(stdout, /\nNotes:\n {2}cluster\.replicas above 1 needs more than one node\.\n\n/);
    assert.match(
      stdout,
      /\nValues to give before applying:\n {2}key: give it with pulumi config set --stack musashi --secret\n\n/,
    );
    assert.match(
      stdout,
      /\nAdvice:\n {2}odd-replicas: secrets > public\n {4}An odd number of replicas\.\n {4}an odd number is better\n\n/,
    );
  });

  describe("refuses", () => {
    const refused: Record<
      string,
      { change(text: string): string; args?: string[]; status: number; message: RegExp }
    > = {
      "bad settings": {
        change: (text) => text.replace("replicas: 1", "replicas: many"),
        status: 1,
        message:
          /^Pulumi\.musashi\.yaml:\n {2}cluster\.replicas: Invalid input: expected number, received string\n$/,
      },
      "settings of a namespace that nobody has": {
        change: (text) => text.replace("cluster-security:password", "cluster-securty:password"),
        status: 1,
        message:
          /^Pulumi\.musashi\.yaml:\n {2}cluster-securty:password: settings begin with cluster-security:\n$/,
      },
      "settings that are no YAML": {
        change: (text) => `${text}  - `,
        status: 1,
        message: /^Pulumi\.musashi\.yaml:\n {2}.* at line 7, column 1\n$/,
      },
      "settings that hold nothing": {
        change: () => "",
        status: 1,
        message: /^Pulumi\.musashi\.yaml:\n {2}config: is missing\. It holds the settings\.\n$/,
      },
      "a stack that does not exist": {
        change: (text) => text,
        args: ["--stack", "production"],
        status: 1,
        message: /^there is no stack "production" \(Pulumi\.production\.yaml\); there are musashi\n$/,
      },
      "a base that does not exist": {
        change: (text) => text,
        args: ["--base", "nowhere"],
        status: 1,
        message: /\n?--base nowhere: there is no such commit, branch or tag in this repository\.\n$/,
      },
      "a folder that does not exist": {
        change: (text) => text,
        args: ["--crds", "nowhere"],
        status: 2,
        message:
          /^error: option '--crds <folder>' argument 'nowhere' is invalid\. There is no such folder\.\n\nUsage: /,
      },
      "an option it does not know": {
        change: (text) => text,
        args: ["--stak", "musashi"],
        status: 2,
        message: /^error: unknown option '--stak'\n.*\n\nUsage: plan \[options\]\n/s,
      },
    };
    for (const [what, { change, args = [], status, message }] of Object.entries(refused)) {
      it(`${what}, with a message and no more`, async () => {
        project.settings(change);
        const ran = await project.plan(...args);
        assert.equal(ran.status, status);
        assert.equal(ran.stdout, "");
        assert.match(ran.stderr, message);
        assert.doesNotMatch(ran.stderr, /^\s+at /m);
      });
    }
  });

  it("fails on a violation, and shows the whole plan all the same", async () => {
    project.settings((text) => text.replace("replicas: 1", "replicas: 5\n    mistake: schema"));
    const [text, json] = await Promise.all([project.plan(), project.plan("--json")]);
    assert.equal(text.status, 1);
    assert.equal(
      text.stdout.slice(text.stdout.indexOf("Violations:")),
      `Violations:
  few-replicas: secrets > public
    At most four replicas.
    5 replicas are too many
  schema: secrets > public
    metadata.lables: is no property that kubernetes-models knows

musashi: 19 to create, 0 to update, 0 to replace, 0 to delete, 0 unchanged, 2 violations
`,
    );
    assert.equal(json.status, 1);
    const urn =
      "urn:pulumi:musashi::cluster-security::cluster-security:fixture:Group$kubernetes:core/v1:ConfigMap::public";
    assert.deepEqual(JSON.parse(json.stdout).violations, [
      { policy: "few-replicas", urn, message: "At most four replicas.\n5 replicas are too many" },
      { policy: "schema", urn, message: "metadata.lables: is no property that kubernetes-models knows" },
    ]);
  });

  it("fails when the program does, and says why", async () => {
    project.settings((text) => text.replace("replicas: 1", "replicas: 1\n    mistake: program"));
    const { status, stderr } = await project.plan();
    assert.equal(status, 1);
    assert.match(stderr, /^error: .*the program's own mistake/m);
  });

  it("renders the charts that are at hand, and judges what they render", async function () {
    await have(this, "helm");
    const charts = chartArchive();
    try {
      project.settings((text) => text.replace("replicas: 1", "replicas: 3\n    chart: demo"));
      const ran = await project.plan("--charts", charts);
      assert.equal(ran.status, 1, ran.stderr);
      const rendered = `Charts rendered and judged:\n  apps/demo: demo 1.0.0, from ${charts}\n`;
      assert.ok(ran.stdout.includes(rendered), ran.stdout);
      assert.match(
        ran.stdout,
        /versions-pinned: certificates > demo\n {4}Deployment apps\/demo: .*demo:latest/,
      );
      project.settings((text) => text.replace("replicas: 1", "replicas: 7\n    chart: demo"));
      const { stdout } = await project.plan("--charts", charts);
      assert.match(stdout, /schema: certificates > demo\n {4}values\.replicas: must be <= 6\n/);
    } finally {
      rmSync(charts, { recursive: true });
    }
  });

  it("refuses an object that a chart and the program make", async () => {
    const charts = chartArchive();
    try {
      const mistake = "replicas: 1\n    chart: demo\n    mistake: collision";
      project.settings((text) => text.replace("replicas: 1", mistake));
      const ran = await project.plan("--charts", charts);
      assert.equal(ran.status, 1, ran.stderr);
      assert.match(
        ran.stdout,
        /one-maker-per-object: certificates > demo\n {4}ConfigMap apps\/demo is made by public and by the release apps\/demo; only one may make it\. Turn it off in the chart's values, or take it out of the program\.\n/,
      );
    } finally {
      rmSync(charts, { recursive: true });
    }
  });

  it("never prints what a secret setting stands for", async () => {
    project.settings((text) => text.replace("replicas: 1", "replicas: 5\n    mistake: schema"));
    const runs = await Promise.all([project.plan(), project.plan("--json"), project.plan("--base", "HEAD")]);
    for (const { stdout, stderr } of runs) {
      assert.ok(!`${stdout}${stderr}`.includes(needle.slice(-20)));
      assert.doesNotMatch(`${stdout}${stderr}`, /bm90IGRlY3J5cHRhYmxlIGhlcmU/);
    }
  });
});
