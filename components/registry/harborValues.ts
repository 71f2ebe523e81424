import { reloadAnnotation } from "../common/reloader.js";
import { harborSecrets, registryUser } from "./harborCredentials.js";

/** Secret that Harbor's nginx reads its certificate from. */
export const harborTlsSecret = "harbor-tls-secret";

/** Where TLS ends: in Harbor's nginx, re-encrypted by the Gateway, or at the Gateway. */
export type TlsAt = "nginx" | "gateway";

/** Sizes of Harbor's volumes, as Kubernetes writes quantities. */
export interface HarborSizes {
  /** Images. Default: 50Gi. */
  registry?: string;
  /** PostgreSQL. Default: 5Gi. */
  database?: string;
  /** Redis. Default: 1Gi. */
  redis?: string;
  /** Logs of jobs. Default: 1Gi. */
  jobservice?: string;
  /** Trivy's databases. Default: 5Gi. */
  trivy?: string;
}

export interface HarborValuesArgs {
  /** Public name, such as harbor.example.com. */
  hostname: string;
  /** Where TLS ends. Default: nginx. */
  tlsAt?: TlsAt;
  /** Secret with the certificate of nginx; it comes from cert-manager. Default: harbor-tls-secret. */
  tlsSecretName?: string;
  /** StorageClass of the volumes. Default: local-path. */
  storageClass?: string;
  /** Sizes of the volumes. */
  sizes?: HarborSizes;
  /**
   * Annotations of the volume claims. Default: with StorageClass local-path `volumeType: local`, because Velero backs up
   * no hostPath volume, which is what local-path-provisioner makes unasked
   * (https://github.com/rancher/local-path-provisioner/pull/260); otherwise none.
   *
   * The claims of a StatefulSet cannot be changed: give `{}` where Harbor already runs with claims that have none.
   */
  volumeAnnotations?: Record<string, string>;
  /** Metrics, for the Prometheus of this kube-prometheus-stack release. Default: none. */
  monitoring?: { release: string };
}

/** The Service in front of nginx: its name, and the names and numbers of its ports. */
export const harborService = {
  name: "harbor",
  http: { name: "http", port: 80 },
  https: { name: "https", port: 443 },
} as const;

/** Deployments that a Reloader in Harbor's namespace restarts. */
export const harborReloadedDeployments = [
  "harbor-core",
  "harbor-jobservice",
  "harbor-nginx",
  "harbor-registry",
] as const;

/** Values of the chart `harbor`. They hold names of Secrets and no credential; every pod passes the level restricted. */
export function harborValues(args: HarborValuesArgs): Record<string, unknown> {
  const tlsSecretName = args.tlsSecretName ?? harborTlsSecret;
  const endsAtNginx = (args.tlsAt ?? "nginx") === "nginx";
  const { core, jobservice, registry, registryUser: user, tokenSigning, xsrf } = harborSecrets;
  return {
    expose: {
      type: "clusterIP",
      tls: endsAtNginx
        ? { enabled: true, certSource: "secret", secret: { secretName: tlsSecretName } }
        : { enabled: false },
      clusterIP: {
        name: harborService.name,
        ports: { httpPort: harborService.http.port, httpsPort: harborService.https.port },
      },
    },
    externalURL: harborUrl(args.hostname),
    ...credentialValues(),
    // nginx reads its certificate at start only, and the chart cannot know when cert-manager renews it
    // (https://github.com/goharbor/harbor/issues/9745). Neither does it know when one of our Secrets changes. Left out
    // are the two that a restart alone would break: the key and the password that the database was made with.
    ...(endsAtNginx ? { nginx: { podAnnotations: reloadAnnotation(tlsSecretName) } } : {}),
    core: {
      existingSecret: core,
      secretName: tokenSigning,
      existingXsrfSecret: xsrf,
      podAnnotations: reloadAnnotation(core, jobservice, user, tokenSigning, xsrf),
    },
    jobservice: { existingSecret: jobservice, podAnnotations: reloadAnnotation(core, jobservice, user) },
    registry: {
      existingSecret: registry,
      credentials: { existingSecret: user, username: registryUser, password: "" },
      podAnnotations: reloadAnnotation(core, jobservice, registry, user),
    },
    trivy: {
      enabled: true,
      vulnType: "os,library",
      severity: "UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL",
      // Vulnerabilities, misconfigurations and leaked secrets. Trivy looks for all three, but Harbor's adapter passes
      // only the vulnerabilities on (https://github.com/goharbor/harbor-scanner-trivy, pkg/trivy/wrapper.go).
      securityCheck: "vuln,config,secret",
    },
    persistence: persistenceValues(args),
    // A volume that one pod may mount at a time leaves no room for a second pod during an update.
    updateStrategy: { type: "Recreate" },
    metrics: {
      enabled: args.monitoring !== undefined,
      serviceMonitor: args.monitoring
        ? { enabled: true, additionalLabels: { release: args.monitoring.release } }
        : { enabled: false },
    },
  };
}

/** Address of Harbor for browsers and registry clients. */
export function harborUrl(hostname: string): string {
  return `https://${hostname}`;
}

/**
 * Credentials that are no component's own. Where the chart has a public default next to the name of a Secret, the default
 * is emptied: nothing reads it, and should a later chart do so after all, it finds nothing instead of a password that
 * everybody knows.
 *
 * The internal database has no setting for a Secret. PostgreSQL takes its password from an environment variable of ours,
 * which wins over the one from the chart's Secret harbor-database; that one is empty, or stays as it was where Harbor
 * already ran. Core and exporter read the setting meant for an external database. The internal Redis knows no password:
 * who may reach it is for network policies to say.
 */
function credentialValues(): Record<string, unknown> {
  return {
    existingSecretAdminPassword: harborSecrets.admin,
    existingSecretAdminPasswordKey: "HARBOR_ADMIN_PASSWORD",
    harborAdminPassword: "",
    existingSecretSecretKey: harborSecrets.secretKey,
    secretKey: "",
    database: {
      type: "internal",
      internal: {
        password: "",
        extraEnvVars: [
          {
            name: "POSTGRES_PASSWORD",
            valueFrom: { secretKeyRef: { name: harborSecrets.database, key: "password" } },
          },
        ],
      },
      external: { existingSecret: harborSecrets.database, password: "" },
    },
    redis: { type: "internal" },
  };
}

function persistenceValues(args: HarborValuesArgs): Record<string, unknown> {
  const storageClass = args.storageClass ?? "local-path";
  const annotations =
    args.volumeAnnotations ?? (storageClass === "local-path" ? { volumeType: "local" } : {});
  const claim = (size: string) => ({
    storageClass,
    accessMode: "ReadWriteOnce",
    size,
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  });
  const {
    registry = "50Gi",
    database = "5Gi",
    redis = "1Gi",
    jobservice = "1Gi",
    trivy = "5Gi",
  } = args.sizes ?? {};
  return {
    enabled: true,
    // The claims outlive the release; those of database, Redis and Trivy do so whatever stands here.
    resourcePolicy: "keep",
    persistentVolumeClaim: {
      registry: claim(registry),
      database: claim(database),
      redis: claim(redis),
      jobservice: { jobLog: claim(jobservice) },
      trivy: claim(trivy),
    },
  };
}
