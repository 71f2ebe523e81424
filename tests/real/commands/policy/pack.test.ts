import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import { Empty, grpc } from "../../../../cli/plan/providers/grpc.js";
import { policies } from "../../../../policy/policies.js";
import { secret, unknown } from "../../../../cli/plan/providers/values.js";
import { folder, runner, type Sent, urn, filled } from "./sent.js";
import { release, binding, bucket, token, guest, cases } from "./packCases.js";

describe("policy: the pack as Pulumi runs it", () => {
  let pack: ChildProcess;
  let client: AnalyzerClient;

  before(async function () {
    this.timeout(30_000);
    // What Pulumi's Node.js host starts: nodeargs come after the script, where node does not see them.
    pack = spawn(process.execPath, [runner, "127.0.0.1:1", folder], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [port] = (await once(pack.stdout!, "data")) as [Buffer];
    client = new AnalyzerClient(`127.0.0.1:${String(port).trim()}`, grpc.credentials.createInsecure());
  });
  after(async () => {
    const exited = once(pack, "exit");
    pack.kill();
    await exited;
    client.close();
  });

  /** Policy and message of each violation, as the engine gets them: first remediation, then analysis. */
  async function judge(sent: Sent): Promise<string[][]> {
    const remediated: any = await promisify(client.remediate.bind(client) as any)(
      filled(new analyzer.AnalyzeRequest(), sent),
    );
    assert.deepEqual(remediated.getRemediationsList(), [], "the pack changes nothing");
    const response: any = await promisify(client.analyze.bind(client) as any)(
      filled(new analyzer.AnalyzeRequest(), sent),
    );
    return diagnostics(response).map(([policy, message]) => [policy!, message!]);
  }

  async function judgeStack(...sent: Sent[]): Promise<string[][]> {
    const request = new analyzer.AnalyzeStackRequest();
    request.setResourcesList(sent.map((one) => filled(new analyzer.AnalyzerResource(), one)));
    return diagnostics(await promisify(client.analyzeStack.bind(client) as any)(request));
  }

  function diagnostics(response: any): string[][] {
    return response.getDiagnosticsList().map((diagnostic: any) => {
      assert.equal(
        diagnostic.getEnforcementlevel(),
        analyzer.EnforcementLevel.MANDATORY,
        diagnostic.getMessage(),
      );
      const description = policies.find(({ name }) => name === diagnostic.getPolicyname())!.description;
      const message: string = diagnostic.getMessage();
      assert.ok(message.startsWith(`${description}\n`), message);
      return [diagnostic.getPolicyname(), message.slice(description.length + 1), diagnostic.getUrn()];
    });
  }

  const named = async (sent: Sent) => (await judge(sent)).map(([policy]) => policy);

  it("tells its policies, all mandatory", async () => {
    const info: any = await promisify(client.getAnalyzerInfo.bind(client) as any)(new Empty());
    assert.equal(info.getName(), "cluster-security");
    const { MANDATORY, REMEDIATE } = analyzer.EnforcementLevel;
    assert.deepEqual(
      info.getPoliciesList().map((policy: any) => [policy.getName(), policy.getEnforcementlevel()]),
      [
        ["no-credential-in-helm-values", REMEDIATE],
        ["no-secret-in-an-id", MANDATORY],
        ["no-published-password", MANDATORY],
        ["versions-pinned", MANDATORY],
        ["cluster-admins-listed", MANDATORY],
        ["no-cluster-admin-by-another-name", MANDATORY],
        ["namespaces-labelled", MANDATORY],
        ["bucket-private-and-protected", MANDATORY],
        ["token-limited-to-one-zone", MANDATORY],
        ["guarding-keys-protected", MANDATORY],
        ["backups-encrypted-with-own-password", MANDATORY],
      ],
    );
  });
  for (const [what, [sent, expected]] of Object.entries(cases)) {
    it(`${expected.length > 0 ? "refuses" : "passes"} ${what}`, async () =>
      assert.deepEqual(await named(sent), expected));
  }

  it("refuses values that are marked secret, whatever their key", async () => {
    const props = {
      version: "1.0.0",
      values: { harmless: secret("x"), core: { password: secret(unknown) } },
    };
    const refused = (path: string) => [
      "no-credential-in-helm-values",
      `${path} is marked secret, and Helm stores values: they may hold only the name of a Secret. ` +
        "Put what is secret into a Secret and give the chart its name.",
    ];
    assert.deepEqual(await judge({ type: release, props }), [
      refused("values.core.password"),
      refused("values.harmless"),
    ]);
    // Mended, the same release passes.
    assert.deepEqual(
      await judge({ type: release, props: { version: "1.0.0", values: { harmless: "x" } } }),
      [],
    );
  });

  it("does not let what is unknown in a preview hide anything else", async () => {
    const values = { image: unknown, nested: unknown, list: [unknown, { token: "x" }] };
    assert.deepEqual(await named({ type: release, props: { chart: unknown, version: unknown, values } }), [
      "no-credential-in-helm-values",
    ]);
    assert.deepEqual(await named({ type: release, props: { version: "1.0.0", values: unknown } }), []);
    assert.deepEqual(
      await named({ type: bucket, props: { accessType: unknown, versioning: "Disabled" }, protect: true }),
      ["bucket-private-and-protected"],
    );
    assert.deepEqual(
      await named({
        type: token,
        props: { expiresOn: unknown, policies: [{ effect: "allow", resources: unknown }] },
      }),
      [],
    );
  });

  it("judges roles and bindings of the whole stack, and names the binding", async () => {
    const role: Sent = {
      type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
      name: "role",
      props: {
        kind: "ClusterRole",
        metadata: { name: "all" },
        rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
      },
    };
    const bound = (subject: object): Sent => ({
      type: binding,
      name: "bound",
      props: {
        kind: "ClusterRoleBinding",
        metadata: { name: "b", uid: unknown },
        roleRef: { kind: "ClusterRole", name: "all" },
        subjects: [subject],
      },
    });
    const [violation, ...more] = await judgeStack(bound(guest), role);
    assert.deepEqual(more, []);
    assert.equal(violation![0], "no-cluster-admin-by-another-name");
    assert.match(
      violation![1]!,
      /^ClusterRoleBinding b binds ClusterRole all, .* to ServiceAccount web\/guest; /,
    );
    assert.equal(violation![2], urn(bound(guest)));
    const velero = { kind: "ServiceAccount", namespace: "velero", name: "velero-server" };
    assert.deepEqual(await judgeStack(bound(velero), role), []);
  });

  it("wants the password of Velero's repositories in the stack", async () => {
    const velero: Sent = { type: release, props: { chart: "velero", version: "12.1.0" } };
    const password: Sent = {
      type: "kubernetes:core/v1:Secret",
      name: "password",
      props: {
        kind: "Secret",
        metadata: { name: "velero-repo-credentials" },
        stringData: secret({ "repository-password": unknown }),
      },
    };
    assert.deepEqual(
      (await judgeStack(velero)).map(([policy]) => policy),
      ["backups-encrypted-with-own-password"],
    );
    assert.deepEqual(await judgeStack(velero, password), []);
  });
});
