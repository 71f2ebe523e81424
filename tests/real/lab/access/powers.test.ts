import assert from "node:assert/strict";
import { isKubernetesKind, rows } from "../../../../cli/verify/checks/access/powerRows.js";
import { powersOf, type RoleRule } from "../../../../cli/verify/checks/access/powers.js";
import { create, list, read } from "../../../../cli/verify/cluster/objects.js";
import { until } from "../../../../cli/kit/until.js";
import type { Api, ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { Lab, nodeFilesOf, settingsWith } from "../verify/lab.js";
import {
  collectionOf,
  gained,
  namespace,
  needle,
  objects,
  requestOf,
  titleOf,
  type Right,
} from "./powerTrials.js";
import { verbTrials, type VerbTrial } from "./verbTrials.js";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const core = `/api/v1/namespaces/${namespace}`;

/** Rights by which the trial gets something, and why it is none of the powers. */
const noPower: Record<string, string> = {
  "get pods/log": "what a pod prints is its own to keep free of secrets",
  "create validatingadmissionpolicies.admissionregistration.k8s.io": "a policy more only refuses",
  "create validatingadmissionpolicybindings.admissionregistration.k8s.io": "a binding more only refuses",
};

describe("rights of the API server's own kinds, each held by a user alone", function () {
  let lab: Lab;
  let admin: Api;
  let rights: Right[];
  const got = new Map<string, string>();
  const nameOf = (right: Pick<Right, "group" | "resource" | "verb">): string =>
    `${right.verb} ${titleOf(right)}`;

  before(async () => {
    lab = await Lab.of("powers");
    const settings = settingsWith();
    await lab.apply(await nodeFilesOf(settings));
    ({ api: admin } = await lab.target(settings));
    rights = await allRights(admin);
    await create(admin, "/api/v1/namespaces", { metadata: { name: namespace } });
    await create(admin, `${core}/secrets`, { metadata: { name: "needle" }, stringData: { needle } });
    await create(admin, `${core}/serviceaccounts`, { metadata: { name: "strong" } });
    await until(() => read(admin, `${core}/serviceaccounts/default`), "there is no ServiceAccount default");
    // Nobody listens there.
    const addresses = [{ type: "InternalIP", address: "127.0.0.1" }];
    await create(admin, "/api/v1/nodes", {
      metadata: { name: "n" },
      status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port: 1 } } },
    });
    await create(admin, `${core}/pods`, {
      metadata: { name: "trial" },
      spec: { nodeName: "n", containers: [{ name: "a", image: "registry.example.com/a" }] },
    });
    for (const { path, body } of objects) await create(admin, path, body);
    for (const [index, right] of rights.entries()) await give(`trial-${index}`, [ruleOf(right)]);
    // A watch takes a second: some at a time.
    const left = [...rights.entries()];
    const tryNext = async (): Promise<void> => {
      for (let next = left.pop(); next; next = left.pop()) await tryOut(next[1], `trial-${next[0]}`);
    };
    await Promise.all(Array.from({ length: 8 }, tryNext));
    await create(admin, `${rbac}/clusterroles`, { metadata: { name: "much" }, rules: [ruleOf(rights[0]!)] });
    await create(admin, `${rbac}/namespaces/${namespace}/roles`, {
      metadata: { name: "much" },
      rules: [{ verbs: ["get"], apiGroups: [""], resources: ["secrets"] }],
    });
    for (const [index, trial] of verbTrials.entries()) await tryVerb(trial, `verb-${index}`);
  });
  after(() => lab.stop());

  const ruleOf = ({ group, resource, verb }: Pick<Right, "group" | "resource" | "verb">): RoleRule => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
  });

  async function give(name: string, rules: RoleRule[], user = name): Promise<void> {
    await create(admin, `${rbac}/clusterroles`, { metadata: { name }, rules });
    await create(admin, `${rbac}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }],
    });
  }

  /** Refused without the right, and done once it is given. */
  async function tryVerb(trial: VerbTrial, user: string): Promise<void> {
    const holder = await lab.certificateUser(user);
    const others = { admin, signIn: (token: string) => lab.tokenUser(token) };
    if (trial.with.length > 0) await give(`${user}-besides`, trial.with, user);
    assert.equal((await trial.attempt(holder, others)).status, 403, nameOf(trial));
    await give(user, [ruleOf(trial)]);
    let said = "";
    const isDone = async () => {
      const { status, body } = await trial.attempt(holder, others);
      said = body;
      return status < 300;
    };
    await until(isDone, () => `${nameOf(trial)} gives nothing: ${said}`, { pause: 500 });
    got.set(nameOf(trial), trial.gain);
  }

  async function tryOut(right: Right, user: string): Promise<void> {
    // Some kinds cannot be listed.
    const found = (await list(admin, collectionOf(right)).catch(() => undefined)) ?? [];
    const own = found.find(({ metadata }) => ["trial", "needle"].includes(metadata.name)) ?? found[0];
    const request: ApiRequest = requestOf(right, own);
    const headers = { ...request.headers, "Impersonate-User": user };
    const { status, body } = await until(
      async () => {
        const answer = await admin.request({ ...request, headers });
        // The API server knows of the right a moment after it was given.
        return answer.body.includes(`User \\"${user}\\" cannot`) ? undefined : answer;
      },
      () => `${nameOf(right)} is not given`,
    );
    const gain = gained(right, status, body);
    if (gain) got.set(nameOf(right), gain);
  }

  it("are each a power if they give a Secret's value, a token, a pod, a node, an admission change or another's rights", () => {
    assert.ok(rights.length > 200, `${rights.length} rights`);
    const unknown = rights.filter(
      (right) => got.has(nameOf(right)) && powersOf([ruleOf(right)]).length === 0,
    );
    assert.deepEqual(
      unknown.map(nameOf).filter((name) => !(name in noPower)),
      [],
    );
    assert.deepEqual(
      Object.keys(noPower).filter((name) => !got.has(name)),
      [],
    );
  });

  it("are those of every group that a row counts among them, and of no other", () => {
    const served = new Set(rights.map(({ group }) => group));
    assert.deepEqual(
      rows.filter((row) => isKubernetesKind(row) !== served.has(row.group)),
      [],
    );
  });

  for (const row of rows.filter(isKubernetesKind)) {
    const names = row.resources.map((resource) => titleOf({ group: row.group, resource }));
    it(`${row.power}: ${row.verbs.join(", ")} of ${names.join(", ")} give something`, () => {
      const own = row.verbs.flatMap((verb) => names.map((name) => `${verb} ${name}`));
      assert.notDeepEqual(
        own.filter((name) => got.has(name)),
        [],
      );
    });
  }
});

interface Discovered {
  resources: { name: string; namespaced: boolean; verbs: string[] }[];
}

/** Every verb of every resource that the API server has, by its own word. */
async function allRights(api: Api): Promise<Right[]> {
  const groups = (await read<{ groups: { name: string; preferredVersion: { version: string } }[] }>(
    api,
    "/apis",
  ))!;
  const versions = [
    { group: "", version: "v1", path: "/api/v1" },
    ...groups.groups.map(({ name, preferredVersion: { version } }) => ({
      group: name,
      version,
      path: `/apis/${name}/${version}`,
    })),
  ];
  const rights: Right[] = [];
  for (const { group, version, path } of versions) {
    const { resources } = (await read<Discovered>(api, path))!;
    for (const { name, namespaced, verbs } of resources)
      for (const verb of verbs)
        rights.push({ group, version, resource: name, verb, isNamespaced: namespaced });
  }
  return rights;
}
