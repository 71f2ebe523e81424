import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import { clusterAdmins, isListed, type Subject } from "../../../components/access/clusterAdmins.js";
import { covers, privilegedSubjects } from "../../../components/access/privileged.js";
import { everywhere, type Power } from "../../../components/access/powers.js";
import type { Values } from "../../../cli/plan/providers/standIn.js";
import { powersOf } from "../../../cli/verify/checks/access/powers.js";
import { renderStack } from "./charts.js";
import { settingsIn } from "./policies.js";
import { skip } from "../../kit/skip.js";

/** A power that somebody has; without a namespace everywhere. */
interface Held {
  subject: Subject;
  power: Power;
  namespace?: string;
}

/** What the roles and bindings among objects give, read as if all were in one cluster. */
function heldBy(objects: (Values & { in: string })[]): Held[] {
  const keyOf = (kind: string, name: string, namespace: string) =>
    kind === "Role" ? `Role ${namespace}/${name}` : `ClusterRole ${name}`;
  const roles = new Map(
    objects
      .filter(({ kind }) => kind === "Role" || kind === "ClusterRole")
      .map((role) => [
        keyOf(role["kind"], role["metadata"].name, role["metadata"].namespace ?? role.in),
        role["rules"] ?? [],
      ]),
  );
  return objects
    .filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding")
    .flatMap((binding) => {
      const inAll = binding["kind"] === "ClusterRoleBinding";
      const namespace = binding["metadata"].namespace ?? binding.in;
      const { kind, name } = binding["roleRef"];
      const found = powersOf(roles.get(keyOf(kind, name, namespace)) ?? [], inAll ? undefined : namespace);
      return (binding["subjects"] as Subject[]).flatMap((subject) =>
        found.map((power) => ({
          subject: { ...subject, namespace: subject.namespace ?? namespace },
          power,
          ...(inAll ? {} : { namespace }),
        })),
      );
    });
}

const text = ({ subject: { namespace, name }, power, namespace: where }: Held) =>
  `${namespace}/${name} ${power} ${where ?? everywhere}`;

describe("the list of who may read Secrets or more", function () {
  let held: Held[];
  const accounts = new Set<string>();

  before(async function () {
    this.timeout(300_000);
    const { rendered, own, missing } = await renderStack(settingsIn("lab"));
    if (missing.length > 0) console.log(`      not at hand: ${missing.map(({ chart }) => chart).join(", ")}`);
    if (rendered.length === 0) skip(this, "no chart is at hand: npm run tools fetches some");
    const argocd = readFileSync(
      fileURLToPath(new URL("../../fixtures/argocd/rbac.yaml", import.meta.url)),
      "utf8",
    );
    const objects = [
      ...rendered.flatMap(({ namespace, objects }) =>
        objects.map((object) => ({ ...object, in: namespace })),
      ),
      ...own.map((object) => ({ ...object, in: "default" })),
      ...parseAllDocuments(argocd).map((document) => ({ ...(document.toJSON() as Values), in: "argocd" })),
    ] as (Values & { in: string })[];
    for (const { kind, metadata, in: namespace } of objects)
      if (kind === "ServiceAccount") accounts.add(`${metadata.namespace ?? namespace}/${metadata.name}`);
    held = heldBy(objects).filter(({ subject }) => !isListed(subject, clusterAdmins()));
    assert.ok(held.length > 0);
  });

  it("leaves out nothing that the roles of the charts give", () => {
    const entries = privilegedSubjects();
    const unlisted = held.filter(
      ({ subject, power, namespace }) =>
        !entries.some((entry) => isListed(subject, [entry]) && covers(entry, power, namespace)),
    );
    assert.deepEqual(unlisted.map(text), []);
  });

  it("has nothing that they do not give", () => {
    const listed = privilegedSubjects()
      .filter(({ namespace, name }) => accounts.has(`${namespace}/${name}`))
      .flatMap((entry) =>
        (entry.may ?? ["read-secrets"]).flatMap((power) =>
          (entry.namespaces ?? [entry.namespace!]).map((where) =>
            text({ subject: entry, power, ...(where === everywhere ? {} : { namespace: where }) }),
          ),
        ),
      );
    assert.ok(listed.length > 0);
    const given = new Set(held.map(text));
    assert.deepEqual(
      listed.filter((entry) => !given.has(entry)),
      [],
    );
  });
});
