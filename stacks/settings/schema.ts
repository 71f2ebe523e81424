import { z } from "zod";
import { chartNames } from "../../components/charts.js";
import {
  certificatePem,
  cidr,
  cron,
  dnsLabel,
  duration,
  hostname,
  hostOrAddress,
  ipAddress,
  ocid,
  publicResolver,
  storageSize,
  text,
  timestamp,
} from "./fields.js";
import { key32, passphrase, pemPrivateKey, secretText, sixteenCharacters } from "./secretText.js";

/** Minor releases of Kubernetes that kubeadm 1.36, the release the lab runs, can configure. */
export const supportedMinors = ["1.35", "1.36"] as const;

const kubernetesVersion = text("The version that runs on the nodes, such as v1.36.2.", (value) => {
  const match = /^v?(\d+\.\d+)(\.\d+)?$/.exec(value);
  if (!match) return `"${value}" is not a version such as v1.36.2`;
  if (!supportedMinors.some((minor) => minor === match[1])) {
    return `${value} is not supported; supported minors are ${supportedMinors.join(" and ")}`;
  }
  if (!match[2]) return `${value} names no patch release; pin it, such as v${match[1]}.2`;
  return value.startsWith("v") ? undefined : `${value} lacks the leading v; did you mean v${value}?`;
});

const cluster = z
  .strictObject({
    name: dnsLabel("Name of the cluster; the Kubernetes provider identifies it by this name."),
    context: z
      .string()
      .min(1)
      .optional()
      .describe("Context of the kubeconfig. Default: its current context."),
    existing: z
      .boolean()
      .default(false)
      .describe(
        "True for a cluster that already holds data: no value that guards existing data is generated.",
      ),
    kubernetesVersion,
    controlPlaneEndpoint: text("Stable host:port of the API server. Default: none.", (value) =>
      /^[a-zA-Z0-9.-]+:\d{1,5}$/.test(value)
        ? undefined
        : `"${value}" is not host:port such as 192.168.1.133:6443`,
    ).optional(),
    nodes: z
      .array(
        z.strictObject({
          name: dnsLabel("Name of the node, as kubectl get nodes shows it."),
          address: ipAddress("Address the API server advertises on this node."),
        }),
      )
      .min(1)
      .describe("Control-plane nodes, the first one initialises the cluster."),
    certSANs: z
      .array(hostOrAddress("A name or an address."))
      .default([])
      .describe("Further names and addresses in the API server's certificate."),
    podSubnet: cidr("Addresses of pods.").default("10.244.0.0/16"),
    serviceSubnet: cidr("Addresses of Services.").default("10.96.0.0/12"),
    dnsDomain: text("DNS domain of Services.", (value) =>
      /^[a-z0-9.-]+$/.test(value) ? undefined : `"${value}" is not a DNS domain such as cluster.local`,
    ).default("cluster.local"),
  })
  .describe("The cluster and its nodes.");

const network = z
  .strictObject({
    encryption: z
      .enum(["none", "wireguard"])
      .optional()
      .describe(
        "Encryption of pod traffic between nodes. Default: wireguard when there is more than one node.",
      ),
    hubble: z.boolean().default(true).describe("Flow visibility by Hubble and its relay."),
  })
  .describe("Cilium.");

const encryptionKey = z.strictObject({
  name: dnsLabel("Name of the key; it stands in every stored value and never changes."),
  provider: z
    .enum(["secretbox", "aescbc"])
    .default("secretbox")
    .describe("secretbox; aescbc where it exists already."),
  secret: secretText("The key itself. Default: generated, unless cluster.existing.", key32).optional(),
  generate: z
    .boolean()
    .default(false)
    .describe("Generate it although cluster.existing: a key that no stored value uses yet."),
  retired: z.boolean().default(false).describe("Kept in the state, no longer rendered."),
});

const controlPlane = z
  .strictObject({
    audit: z
      .strictObject({
        secretsLevel: z
          .enum(["Metadata", "RequestResponse"])
          .default("Metadata")
          .describe("Level for Secrets. RequestResponse writes their values into the audit log."),
        maxAgeDays: z.int().min(1).max(365).default(30).describe("Days a rotated audit log is kept."),
        maxBackups: z.int().min(1).max(100).default(10).describe("Rotated audit logs kept."),
        maxSizeMB: z
          .int()
          .min(1)
          .max(1000)
          .default(100)
          .describe("Megabytes at which the audit log rotates."),
      })
      .prefault({})
      .describe("Audit log of the API server."),
    encryption: z
      .strictObject({
        keys: z
          .array(encryptionKey)
          .min(1)
          .prefault([{ name: "key1" }])
          .describe("The first active key writes; all active keys read."),
        identityFallback: z
          .boolean()
          .default(false)
          .describe("Also read what is stored unencrypted; only while a cluster migrates to encryption."),
      })
      .prefault({})
      .describe("Encryption of Secrets in etcd."),
  })
  .describe("kubeadm configuration of the control plane.");

const certificate = z.strictObject({
  name: dnsLabel("Name of the Certificate."),
  namespace: dnsLabel("Its namespace."),
  secretName: dnsLabel("Secret the key pair is written to."),
  issuer: z
    .enum(["letsencrypt-prod", "selfsigned-issuer", "internal-ca"])
    .describe("ClusterIssuer; acme.environment staging moves letsencrypt-prod to letsencrypt-staging."),
  dnsNames: z
    .array(hostname("A name in the zone.", { wildcard: true }))
    .min(1)
    .describe("Names the certificate is for."),
});

const certificates = z
  .strictObject({
    zone: hostname("DNS zone at Cloudflare that every public name lies in."),
    token: z
      .strictObject({
        expiresOn: timestamp("When the Cloudflare token expires; move it and raise the serial to rotate."),
        serial: z
          .int()
          .min(1)
          .default(1)
          .describe("Raise by one to replace the token; the new one is made first."),
        allowedCidrs: z
          .array(cidr("A source network."))
          .default([])
          .describe("Networks the token may be used from. Default: any."),
      })
      .describe("API token for DNS-01 challenges, limited to the zone."),
    acme: z
      .strictObject({
        email: z
          .email({
            error: (issue) =>
              `${JSON.stringify(issue.input)} is not an e-mail address; it is required by the ACME account`,
          })
          .describe("E-mail address of the Let's Encrypt account."),
        environment: z
          .enum(["production", "staging"])
          .default("production")
          .describe("Let's Encrypt environment; staging while trying out, its rate limits are generous."),
        recursiveNameservers: z
          .array(publicResolver("A public recursive resolver, host:port."))
          .min(1)
          .default(["1.1.1.1:53", "8.8.8.8:53"])
          .describe("Resolvers of the DNS-01 self-check."),
      })
      .describe("Let's Encrypt."),
    waitSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(600)
      .describe("Seconds `up` waits for an issuer or a certificate to be ready; 0 does not wait."),
    certificates: z.array(certificate).default([]).describe("Certificates to keep issued."),
  })
  .describe("cert-manager, issuers and certificates.");

const sealingKey = z.strictObject({
  name: dnsLabel("Name of the key pair, such as the year it was made; it never changes."),
  certificate: certificatePem("Its certificate in PEM form, together with privateKey.").optional(),
  privateKey: secretText(
    "Its private key. Default: generated, unless cluster.existing.",
    pemPrivateKey,
  ).optional(),
  generate: z
    .boolean()
    .default(false)
    .describe("Generate it although cluster.existing: a key pair that nothing is sealed with yet."),
});

const secrets = z
  .strictObject({
    sealingKeys: z
      .array(sealingKey)
      .min(1)
      .prefault([{ name: "first" }])
      .describe("Key pairs of Sealed Secrets, oldest first; the last one seals, all of them unseal."),
  })
  .prefault({})
  .describe("Sealed Secrets.");

const registry = z
  .strictObject({
    enabled: z.boolean().default(true).describe("Run Harbor."),
    hostname: hostname("Public name. Default: harbor.<zone>.").optional(),
    tlsAt: z
      .enum(["nginx", "gateway"])
      .default("nginx")
      .describe("Where TLS ends: in Harbor's nginx, re-encrypted by the Gateway, or at the Gateway."),
    storageClass: dnsLabel("StorageClass of its volumes.").default("local-path"),
    sizes: z
      .strictObject({
        registry: storageSize("Images.").default("50Gi"),
        database: storageSize("PostgreSQL.").default("5Gi"),
        redis: storageSize("Redis.").default("1Gi"),
        jobservice: storageSize("Job logs.").default("1Gi"),
        trivy: storageSize("Trivy's database.").default("5Gi"),
      })
      .prefault({})
      .describe("Sizes of its volumes."),
    adminPassword: secretText("First password of admin. Default: generated.", passphrase).optional(),
    secretKey: secretText(
      "Encrypts credentials in Harbor's database; never changes.",
      sixteenCharacters,
    ).optional(),
    databasePassword: secretText("Password of Harbor's PostgreSQL.", passphrase).optional(),
  })
  .prefault({})
  .describe("Harbor and Trivy.");

const gateway = z
  .strictObject({
    namespace: dnsLabel("Namespace of the Gateway.").default("traefik"),
    name: dnsLabel("Name of the Gateway.").default("traefik-gateway"),
    listener: dnsLabel("Listener routes attach to, best the one for HTTPS. Default: all.").optional(),
  })
  .prefault({})
  .describe("The Gateway that routes attach to; it is not installed by this program.");

const backups = z
  .strictObject({
    oci: z
      .strictObject({
        tenancyId: ocid("Tenancy, where users and policies live.", "tenancy"),
        compartmentId: ocid("Compartment of the bucket.", "compartment"),
        region: text("Region of the bucket.", (value) =>
          /^[a-z]{2}-[a-z]+-\d$/.test(value)
            ? undefined
            : `"${value}" is not an OCI region such as sa-saopaulo-1`,
        ),
        userEmail: z
          .email()
          .optional()
          .describe("E-mail of the writers' users; tenancies with identity domains ask for one."),
      })
      .describe("Oracle Cloud."),
    bucket: text("Name of the bucket.", (value) =>
      /^[A-Za-z0-9._-]{1,256}$/.test(value)
        ? undefined
        : `"${value}" is not a bucket name (letters, digits, ., _ and -)`,
    ).default("homelab-backups"),
    previousVersionDays: z
      .int()
      .min(1)
      .max(365)
      .default(14)
      .describe(
        "Days a deleted or overwritten object can still be brought back; what a stolen key cannot undo.",
      ),
    velero: z
      .strictObject({
        repositoryPassword: secretText(
          "Password of the Kopia repositories; never changes.",
          passphrase,
        ).optional(),
        backupSyncPeriod: duration(
          "How often the bucket is listed; every call counts against the free tier.",
        ).default("1h"),
        validationFrequency: duration("How often the bucket is checked.").default("1h"),
        schedules: z
          .array(
            z.strictObject({
              name: dnsLabel("Name of the Schedule."),
              namespaces: z.array(dnsLabel("A namespace.")).min(1).describe("Namespaces backed up."),
              cron: cron("When, in UTC."),
              ttl: duration("How long a backup is kept.").default("720h"),
            }),
          )
          .default([])
          .describe("Daily backups."),
      })
      .prefault({})
      .describe("Velero with Kopia."),
  })
  .describe("Backups to Oracle Cloud Object Storage.");

const monitoring = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Metrics, alerts and dashboards; needs kube-prometheus-stack's CRDs."),
    namespace: dnsLabel("Namespace of kube-prometheus-stack.").default("monitoring"),
    release: dnsLabel("Helm release whose Prometheus selects our monitors by label.").default(
      "kube-prometheus-stack",
    ),
  })
  .prefault({})
  .describe("kube-prometheus-stack, which this program does not install.");

const repository = text("Git repository of an application.", (value) =>
  /^https:\/\/[^\s*]+\.git$/.test(value)
    ? undefined
    : `"${value}" is not a repository address such as https://github.com/owner/name.git`,
);

const argocd = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("Manage a project and applications of an ArgoCD that runs already."),
    namespace: dnsLabel("ArgoCD's namespace.").default("argocd"),
    project: dnsLabel(
      "AppProject; the only repositories and destinations are those of the applications.",
    ).default("default"),
    applications: z
      .array(
        z.strictObject({
          name: dnsLabel("Name of the Application."),
          repository,
          revision: z.string().min(1).default("main").describe("Branch, tag or commit."),
          path: z.string().min(1).describe("Folder in the repository."),
          namespace: dnsLabel("Namespace it is deployed to."),
        }),
      )
      .default([])
      .describe("Applications kept in sync."),
  })
  .prefault({})
  .describe("ArgoCD.");

const access = z.strictObject({ argocd }).prefault({}).describe("Who may do what.");

const charts = z
  .partialRecord(
    z.enum(chartNames),
    text("An exact chart version.", (value) =>
      /^v?\d+\.\d+\.\d+$/.test(value)
        ? undefined
        : `"${value}" is not an exact version such as 1.19.1; ranges are not allowed`,
    ),
  )
  .default({})
  .describe("Chart versions that differ from this release's table.");

/** Every setting of every environment. Unknown keys are refused at every level. */
export const settingsSchema = z.strictObject({
  cluster,
  network: network.prefault({}),
  controlPlane: controlPlane.prefault({}),
  certificates,
  secrets,
  registry,
  gateway,
  backups,
  monitoring,
  access,
  charts,
});

/** The settings of one environment, parsed, with every default filled in. */
export type Settings = z.output<typeof settingsSchema>;
