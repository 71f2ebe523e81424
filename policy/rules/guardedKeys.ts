import type { PlannedResource } from "../resource.js";

const generators = ["random:index/randomPassword:RandomPassword", "tls:index/privateKey:PrivateKey"];

/** Components whose generated values guard data that exists outside the state, and what is lost with such a value. */
const guards = [
  {
    component: "cluster-security:secrets:SealingKeys",
    lost: "what it sealed in Git could never be unsealed again",
  },
  {
    component: "cluster-security:control-plane:EncryptionAtRest",
    lost: "Secrets in etcd and in its backups could never be read again",
  },
  {
    component: "cluster-security:backups:Velero",
    lost: "no volume could be restored from its backups",
  },
  {
    component: "cluster-security:registry:HarborCredentials",
    // Its other values only have to be the same on both sides.
    names: /-(secret-key|database)$/,
    lost: "Harbor could not read its database",
  },
];

/** Violation of a generated value that guards data and is not protected. */
export function checkGenerated({ type, urn, protect }: Omit<PlannedResource, "inputs">): string[] {
  if (protect || !generators.includes(type)) return [];
  const name = urn.split("::").at(-1)!;
  const guard = guards.find(
    ({ component, names }) => urn.includes(`${component}$${type}::`) && (names?.test(name) ?? true),
  );
  return guard
    ? [
        `the resource is not protected, and without this value ${guard.lost}; only protect: true is allowed. ` +
          "Set it in the resource options.",
      ]
    : [];
}
