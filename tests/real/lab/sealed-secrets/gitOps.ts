import type { Kubectl } from "../../../../cli/lab/sealedSecrets/installation.js";
import type { PlainSecret } from "../../../../cli/verify/checks/secrets/seal.js";

/** Brings a SealedSecret from Git into the cluster, as ArgoCD does, with the namespace it is for. */
export function applySealed(kubectl: Kubectl, sealed: string, namespace: string): void {
  if (!kubectl(["get", "namespace", namespace, "--ignore-not-found", "--output=name"]).trim()) {
    kubectl(["create", "namespace", namespace]);
  }
  kubectl(["apply", "--server-side", "--field-manager=argocd", "--filename", "-"], sealed);
}

/** The values the controller made of a SealedSecret. Throws the controller's reason when it makes none. */
export function unsealed(
  kubectl: Kubectl,
  { name, namespace }: Pick<PlainSecret, "name" | "namespace">,
  seconds = 30,
): Record<string, string> {
  const of = ["--namespace", namespace];
  try {
    kubectl(["wait", `sealedsecret/${name}`, ...of, "--for=condition=Synced", `--timeout=${seconds}s`]);
  } catch {
    const synced = '--output=jsonpath={.status.conditions[?(@.type=="Synced")].message}';
    throw new Error(`${name} is not unsealed: ${kubectl(["get", `sealedsecret/${name}`, ...of, synced])}`);
  }
  const { data } = JSON.parse(kubectl(["get", `secret/${name}`, ...of, "--output=json"])) as {
    data: Record<string, string>;
  };
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}
