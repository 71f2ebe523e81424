import type { Kubectl } from "../../../../cli/lab/kubectl.js";
import type { PlainSecret } from "../../../../cli/verify/checks/secrets/seal.js";

/** Brings a SealedSecret from Git into the cluster, as ArgoCD does, with the namespace it is for. */
export async function applySealed(kubectl: Kubectl, sealed: string, namespace: string): Promise<void> {
  if (!(await kubectl(["get", "namespace", namespace, "--ignore-not-found", "--output=name"])).trim()) {
    await kubectl(["create", "namespace", namespace]);
  }
  await kubectl(["apply", "--server-side", "--field-manager=argocd", "--filename", "-"], { input: sealed });
}

/** The values the controller made of a SealedSecret. Throws the controller's reason when it makes none. */
export async function unsealed(
  kubectl: Kubectl,
  { name, namespace }: Pick<PlainSecret, "name" | "namespace">,
  seconds = 30,
): Promise<Record<string, string>> {
  const of = ["--namespace", namespace];
  try {
    await kubectl(["wait", `sealedsecret/${name}`, ...of, "--for=condition=Synced", `--timeout=${seconds}s`]);
  } catch {
    const synced = '--output=jsonpath={.status.conditions[?(@.type=="Synced")].message}';
    const said = await kubectl(["get", `sealedsecret/${name}`, ...of, synced]);
    throw new Error(`${name} is not unsealed: ${said}`);
  }
  const { data } = JSON.parse(await kubectl(["get", `secret/${name}`, ...of, "--output=json"])) as {
    data: Record<string, string>;
  };
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}
