import { hashedPath, yamlText, type NodeFile } from "./nodeFile.js";

/** `AuthenticationConfiguration` of apiserver.config.k8s.io/v1, as far as it is used here. */
export interface AuthenticationConfiguration {
  apiVersion: "apiserver.config.k8s.io/v1";
  kind: "AuthenticationConfiguration";
  anonymous: { enabled: boolean; conditions: { path: string }[] };
}

/** The paths that answer without credentials: the kubelet's probes of the API server carry none. */
export const anonymousPaths = ["/livez", "/readyz", "/healthz"] as const;

/**
 * Anonymous requests are answered on the health endpoints and refused (401) everywhere else, `/version` and the
 * cluster-info that `kubeadm join` reads included (docs/guides/join-a-node.md). The flag `--anonymous-auth` cannot say this, and
 * must not stand next to it
 * (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-authenticator-configuration).
 */
export function authenticationConfiguration(): AuthenticationConfiguration {
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthenticationConfiguration",
    anonymous: { enabled: true, conditions: anonymousPaths.map((path) => ({ path })) },
  };
}

/**
 * The configuration as a file. The API server re-reads this file while it runs but refuses a change of its anonymous
 * part, so the content is in the name and a change restarts it.
 */
export function authenticationConfigurationFile(): NodeFile & { content: string } {
  const content = yamlText(authenticationConfiguration());
  return {
    path: hashedPath("/etc/kubernetes/authentication/authentication.yaml", content),
    mode: "0600",
    content,
  };
}
