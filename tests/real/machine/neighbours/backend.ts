import { type Settings } from "../../../../stacks/settings/index.js";

export interface Backend {
  namespace: string;
  name: string;
  port: number;
  /** Host that a route leads to it. Default: every one. */
  host?: string;
}

/** A route of the namespace, from the Gateway's listener for HTTPS. */
export function routeTo({ namespace, name, port, host }: Backend, { gateway }: Settings) {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace },
    spec: {
      parentRefs: [{ namespace: gateway.namespace, name: gateway.name, port: gateway.httpsPort }],
      ...(host ? { hostnames: [host] } : {}),
      rules: [{ backendRefs: [{ name, port }] }],
    },
  };
}

/** A web server that says its name, at the port that the Service has too, and the route to it. */
export function serverOf(backend: Backend, settings: Settings): object[] {
  const { namespace, name, port } = backend;
  const metadata = { name, namespace, labels: { server: name } };
  const pod = {
    ...{ apiVersion: "v1", kind: "Pod", metadata },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name,
          image: settings.backups.jobs.restoreDrill.velero.image,
          command: ["sh", "-c", `cd /tmp && echo ${name} >index.html && exec httpd -f -p ${port}`],
          readinessProbe: { httpGet: { path: "/", port }, periodSeconds: 1 },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        },
      ],
    },
  };
  const service = {
    ...{ apiVersion: "v1", kind: "Service", metadata },
    spec: { selector: { server: name }, ports: [{ port }] },
  };
  return [pod, service, routeTo(backend, settings)];
}
