import type * as pulumi from "@pulumi/pulumi";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import { Provider as OciProvider } from "@pulumi/oci/provider.js";
import { AdmissionPolicies } from "../components/access/admissionPolicies.js";
import { ArgoCd } from "../components/gitops/argoCd.js";
import { Auditor } from "../components/access/auditor.js";
import { BackupStorage, veleroPrefix } from "../components/backups/backupStorage.js";
import { NodeJobs } from "../components/backups/nodeJobs.js";
import { RestoreSample } from "../components/backups/restoreSample.js";
import { sampleNamespaces } from "../components/backups/restoreSampleNames.js";
import { UnsealedSecrets } from "../components/backups/unsealedSecrets.js";
import { Velero } from "../components/backups/velero.js";
import { credentialsUsers } from "../components/backups/veleroValues.js";
import { NamespaceGuards } from "../components/access/namespaceGuards.js";
import { Certificates } from "../components/certificates/certificates.js";
import { CertManager } from "../components/certificates/certManager.js";
import { DnsApiToken } from "../components/certificates/dnsApiToken.js";
import { Issuers } from "../components/certificates/issuers.js";
import { AuditShipping } from "../components/audit/auditShipping.js";
import { AlertReceivers } from "../components/monitoring/alertReceivers.js";
import { Alerts } from "../components/monitoring/alerts.js";
import { backupJobs } from "../components/backups/backupAlerts.js";
import { backupDashboard } from "../components/backups/backupDashboard.js";
import { Dashboard } from "../components/monitoring/dashboard.js";
import type { KnownNodeFile } from "../components/control-plane/node/bundle.js";
import { addOnNamespaces, addOnPodSecurity, systemNamespace } from "../components/common/addOnNamespaces.js";
import { Namespaces } from "../components/common/namespaces.js";
import { Cilium } from "../components/network/cilium.js";
import { Harbor } from "../components/registry/harbor.js";
import { harborReloadedDeployments } from "../components/registry/harborValues.js";
import { Reloader } from "../components/common/reloader.js";
import { SealedSecrets } from "../components/secrets/sealedSecrets.js";
import { SealingKeys } from "../components/secrets/sealingKeys.js";
import { admissionArgs } from "./admission.js";
import { isolate } from "./isolation.js";
import { nodeFilesOf } from "./nodeFiles.js";
import { nodeJobsArgs } from "./nodeJobs.js";
import type { Settings } from "./settings/index.js";
import { drillsVelero, veleroSchedules } from "./settings/derived/drill.js";
import { enforcementOf } from "./settings/derived/enforcement.js";
import { harborHostname } from "./settings/derived/hostname.js";
import { mutatesByPolicy } from "./settings/derived/kubernetesVersion.js";
import { bringsAlloy, lokiUrl } from "./settings/derived/loki.js";
import { isolatedNamespaces, ownNamespaces } from "./settings/derived/namespaces.js";
import { takeOver } from "./takeOver.js";

/** What the stack puts out. */
export interface ClusterSecurityOutputs {
  /** Certificate in PEM form to seal with, for `kubeseal --cert`. */
  sealingCertificate: pulumi.Output<string>;
  /** Certificates in PEM form of every sealing key the state holds, for `npm run verify`. */
  sealingCertificates: pulumi.Output<string[]>;
  /** Certificate in PEM form of the authority behind the issuer internal-ca. */
  internalCa: pulumi.Output<string>;
  /** Files that must lie on a control-plane node; secret. */
  nodeFiles: pulumi.Output<KnownNodeFile[]>;
  /** By node, the same as `npm run node-files` writes it; secret. */
  nodeBundles: pulumi.Output<Record<string, string>>;
  /** By node, what was said when the files were applied over SSH; secret. */
  nodeReports: pulumi.Output<Record<string, string>>;
  /** Bucket of the backups. */
  bucketName: pulumi.Output<string>;
  /** Address of the bucket's S3 API. */
  s3Endpoint: pulumi.Output<string>;
  /** Credentials of the node's backup jobs; secret. */
  nodeJobsAccessKey: pulumi.Output<string>;
  nodeJobsSecretKey: pulumi.Output<string>;
  /** Password that Harbor's admin began with; secret. The one given, of a cluster that exists. Absent without Harbor. */
  harborAdminPassword?: pulumi.Output<string>;
}

/** The whole cluster: settings in, components and their order, outputs. */
export function clusterSecurity(settings: Settings): ClusterSecurityOutputs {
  const { cluster, network, certificates, secrets, registry, gateway, backups, access, auditLogs, charts } =
    settings;
  const monitoring = settings.monitoring.enabled ? settings.monitoring : undefined;
  const nodeCount = cluster.nodes.length;

  const kubernetes = new KubernetesProvider("cluster", {
    context: cluster.context,
    // The cluster is this one whatever its kubeconfig says; otherwise a changed kubeconfig would replace every object.
    clusterIdentifier: cluster.name,
    // What somebody made by hand under our names is taken over instead of refused; of its fields those that takeOver says.
    upsertExistingObjects: cluster.existing,
    // Whatever PULUMI_K8S_ENABLE_PATCH_FORCE says: it would take over what guards data as well.
    enablePatchForce: false,
    // A rotated credential is an update in place. By default the Secret would be deleted first, and its readers fail.
    enableSecretMutable: true,
    enableConfigMapMutable: true,
  });
  const oci = new OciProvider("oci", { region: backups.oci.region });

  const storage = new BackupStorage(
    "backups",
    { oci: backups.oci, bucket: backups.bucket, previousVersionDays: backups.previousVersionDays },
    { providers: [oci] },
  );
  const nodeJobs = backups.jobs.enabled
    ? new NodeJobs("node-jobs", nodeJobsArgs(settings, storage))
    : undefined;
  const nodeFiles = nodeFilesOf(settings, nodeJobs);
  // Changed node files restart the API server; nothing else may be under way then.
  const inCluster = {
    providers: [kubernetes],
    dependsOn: [nodeFiles],
    transformations: cluster.existing ? [takeOver] : [],
  };

  const cilium = new Cilium(
    "cilium",
    {
      namespace: systemNamespace,
      nodeCount,
      podSubnet: cluster.podSubnet,
      dnsDomain: cluster.dnsDomain,
      encryption: network.encryption ?? (nodeCount > 1 ? "wireguard" : "none"),
      hubble: network.hubble,
      enforcement: enforcementOf(settings),
      monitoring,
      chartVersion: charts.cilium,
    },
    inCluster,
  );
  // Pods get an address only once Cilium runs.
  const withPods = { ...inCluster, dependsOn: [cilium] };

  const own = ownNamespaces(settings);
  const levels = Object.fromEntries(own.map((name) => [name, addOnPodSecurity[name]]));
  const namespaces = new Namespaces("namespaces", { namespaces: levels }, inCluster);
  const namespace = (name: string): pulumi.Output<string> => namespaces.names.apply((names) => names[name]!);
  const isolated = isolatedNamespaces(settings);
  const guards = new NamespaceGuards(
    "namespace-guards",
    {
      owned: Object.fromEntries(own.map((owned) => [owned, namespace(owned)])),
      others: [...new Set([...isolated, ...Object.keys(access.namespaces)])]
        .filter((other) => !(other in levels))
        .sort(),
      guards: access.namespaces,
    },
    inCluster,
  );
  isolate(settings, { ...inCluster, dependsOn: [cilium, guards] });

  const sealingKeys = new SealingKeys(
    "sealing-keys",
    { namespace: systemNamespace, keys: secrets.sealingKeys },
    inCluster,
  );
  const unsealedSecrets = mutatesByPolicy(cluster.kubernetesVersion)
    ? [new UnsealedSecrets("unsealed-secrets", inCluster)]
    : [];
  const sealedSecrets = new SealedSecrets(
    "sealed-secrets",
    { namespace: systemNamespace, monitoring, chartVersion: charts["sealed-secrets"] },
    { ...inCluster, dependsOn: [cilium, sealingKeys, ...unsealedSecrets] },
  );

  const token = new DnsApiToken(
    "dns-api-token",
    {
      zone: certificates.zone,
      ...certificates.token,
      secretNamespace: namespace(addOnNamespaces.certManager),
      cluster: cluster.name,
    },
    inCluster,
  );
  const certManager = new CertManager(
    "cert-manager",
    {
      namespace: namespace(addOnNamespaces.certManager),
      recursiveNameservers: certificates.acme.recursiveNameservers,
      monitoring,
      chartVersion: charts["cert-manager"],
    },
    withPods,
  );
  const issuers = new Issuers(
    "issuers",
    {
      zone: certificates.zone,
      email: certificates.acme.email,
      acmeEnvironment: certificates.acme.environment,
      namespace: namespace(addOnNamespaces.certManager),
      tokenSecretName: token.secretName,
      internalDomains: [certificates.zone, "svc", cluster.dnsDomain],
      timeoutSeconds: certificates.waitSeconds,
    },
    { ...inCluster, dependsOn: [certManager] },
  );
  const issued = new Certificates(
    "certificates",
    {
      certificates: certificates.certificates,
      acmeEnvironment: certificates.acme.environment,
      timeoutSeconds: certificates.waitSeconds,
    },
    { ...inCluster, dependsOn: [issuers, namespaces] },
  );

  const harbor = registry.enabled
    ? new Harbor(
        "harbor",
        {
          namespace: namespace(addOnNamespaces.harbor),
          hostname: harborHostname(settings),
          gateway,
          tlsAt: registry.tlsAt,
          storageClass: registry.storageClass,
          sizes: registry.sizes,
          // The volume claims of a StatefulSet that exists cannot be changed.
          volumeAnnotations: cluster.existing ? {} : undefined,
          adminPassword: registry.adminPassword,
          secretKey: registry.secretKey,
          databasePassword: registry.databasePassword,
          monitoring,
          chartVersion: charts.harbor,
        },
        // Its nginx does not start without the certificate.
        { ...inCluster, dependsOn: [cilium, issued] },
      )
    : undefined;
  if (registry.enabled) {
    new Reloader(
      "harbor-reloader",
      {
        namespace: namespace(addOnNamespaces.harbor),
        deployments: harborReloadedDeployments,
        chartVersion: charts.reloader,
      },
      withPods,
    );
  }

  new Velero(
    "backups-velero",
    {
      ...backups.velero,
      schedules: veleroSchedules(settings),
      namespace: namespace(addOnNamespaces.velero),
      bucket: storage.bucketName,
      region: backups.oci.region,
      s3Endpoint: storage.s3Endpoint,
      accessKey: storage.veleroAccessKey,
      secretKey: storage.veleroSecretKey,
      prefix: veleroPrefix,
      monitoring,
      chartVersion: charts.velero,
    },
    withPods,
  );
  new Reloader(
    "velero-reloader",
    { namespace: namespace(addOnNamespaces.velero), ...credentialsUsers, chartVersion: charts.reloader },
    withPods,
  );

  if (drillsVelero(settings)) {
    new RestoreSample(
      "restore-sample",
      { ...backups.jobs.restoreDrill.velero, namespace: namespace(sampleNamespaces.home) },
      withPods,
    );
  }

  if (monitoring) watch(settings, inCluster);
  if (auditLogs.enabled) {
    new AuditShipping(
      "audit-shipping",
      {
        mode: auditLogs.mode,
        namespace: bringsAlloy(settings)
          ? namespace(addOnNamespaces.auditLogs)
          : settings.monitoring.namespace,
        lokiUrl: lokiUrl(settings),
        tenant: auditLogs.loki.tenant,
        monitoring,
        chartVersion: charts.alloy,
      },
      withPods,
    );
  }
  if (access.argocd.enabled) {
    // What it syncs holds SealedSecrets.
    new ArgoCd("argocd", access.argocd, { ...inCluster, dependsOn: [sealedSecrets] });
  }

  new Auditor("auditor", { subjects: access.auditors }, inCluster);
  new AdmissionPolicies("admission", admissionArgs(settings), inCluster);

  return {
    sealingCertificate: sealingKeys.certificate,
    sealingCertificates: sealingKeys.certificates,
    internalCa: issuers.internalCa,
    nodeFiles: nodeFiles.files,
    nodeBundles: nodeFiles.bundles,
    nodeReports: nodeFiles.reports,
    bucketName: storage.bucketName,
    s3Endpoint: storage.s3Endpoint,
    nodeJobsAccessKey: storage.nodeJobsAccessKey,
    nodeJobsSecretKey: storage.nodeJobsSecretKey,
    ...(harbor ? { harborAdminPassword: harbor.adminPassword } : {}),
  };
}

/** Alerts, who is told of them, and dashboards. */
function watch(settings: Settings, opts: pulumi.ComponentResourceOptions): void {
  const { monitoring, certificates, backups } = settings;
  const { namespace, release, receivers } = monitoring;
  const { telegram, gmail } = receivers;
  new Alerts(
    "alerts",
    {
      namespace,
      release,
      schedules: veleroSchedules(settings),
      backupJobs: backupJobs.filter(
        ({ job }) => backups.jobs.enabled && (job !== "pg_dump" || backups.jobs.postgres.enabled),
      ),
      provenPrefixes: drillsVelero(settings) ? [veleroPrefix] : [],
      certificates: certificates.certificates,
      tokenExpiresOn: certificates.token.expiresOn,
    },
    opts,
  );
  if (telegram || gmail) {
    new AlertReceivers(
      "alert-receivers",
      {
        namespace,
        release,
        telegram: telegram && { botToken: telegram.botToken!, chatId: telegram.chatId! },
        gmail: gmail && { ...gmail, appPassword: gmail.appPassword! },
      },
      opts,
    );
  }
  new Dashboard(
    "backup-dashboard",
    { namespace, configMapName: "homelab-backup-storage", dashboard: backupDashboard() },
    opts,
  );
}
