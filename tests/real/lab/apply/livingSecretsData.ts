export const needle = "needle-the-real-one";
export const encoded = Buffer.from(needle).toString("base64");
export const where = { name: "velero-repo-credentials", namespace: "velero" };
export const secret = { apiVersion: "v1", kind: "Secret", metadata: where, type: "Opaque" };
export const data = { ...secret, data: { "repository-password": encoded } };
export const stringData = { ...secret, stringData: { "repository-password": needle } };

/** Of a cluster that exists, where Velero's password alone guards something. */
export const settings = {
  "cluster.existing": true,
  "controlPlane.encryption.keys": [{ name: "key1", provider: "secretbox", generate: true }],
  "secrets.sealingKeys": [{ name: "first", generate: true }],
  "backups.jobs.enabled": false,
  "registry.enabled": false,
};

type Kubectl = (...args: string[]) => Promise<unknown>;
type Send = (object: object, ...args: string[]) => Promise<unknown>;

/** Ways in which the Secret comes about; the API server knows no owner of the value in some of them. */
export function waysToMake(kubectl: Kubectl, send: Send): Record<string, () => Promise<unknown>> {
  return {
    "kubectl create": () => send(data, "create"),
    "kubectl create, as stringData": () => send(stringData, "create"),
    "kubectl apply": () => send(data, "apply"),
    "kubectl apply, as stringData": () => send(stringData, "apply"),
    "kubectl apply --server-side": () => send(data, "apply", "--server-side"),
    "kubectl apply --server-side, as stringData": () => send(stringData, "apply", "--server-side"),
    "Velero, which creates it": () => send(data, "create", "--field-manager=velero-server"),
    "somebody who makes it immutable": () => send({ ...data, immutable: true }, "create"),
    async "somebody whose ownership was cleared"() {
      await send(data, "create");
      const patch = JSON.stringify({ metadata: { managedFields: [{}] } });
      await kubectl("patch", "secret", where.name, "--namespace=velero", "--type=merge", "--patch", patch);
    },
  };
}
