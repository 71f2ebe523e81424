import type * as pulumi from "@pulumi/pulumi";
import { Provider as OciProvider } from "@pulumi/oci/provider.js";
import { addOnPodSecurity } from "../components/common/addOnNamespaces.js";
import { Namespaces } from "../components/common/namespaces.js";
import type { KnownNodeFile } from "../components/control-plane/node/bundle.js";
import { access, namespaceGuards } from "./sections/access.js";
import { audit } from "./sections/audit.js";
import { backups, backupStorage } from "./sections/backups.js";
import { certificates } from "./sections/certificates.js";
import { after, clusterResourceOptions } from "./sections/cluster.js";
import { nodeFilesOf } from "./sections/controlPlane.js";
import { gitops } from "./sections/gitops.js";
import { monitoring } from "./sections/monitoring.js";
import { isolate, network } from "./sections/network.js";
import { registry } from "./sections/registry.js";
import { secrets } from "./sections/secrets.js";
import { ownNamespaces } from "./settings/derived/namespaces.js";
import type { Settings } from "./settings/index.js";

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

/** The whole cluster: settings in, sections in their order, outputs. */
export function clusterSecurity(settings: Settings): ClusterSecurityOutputs {
  const oci = new OciProvider("oci", { region: settings.backups.oci.region });
  const { storage, nodeJobs } = backupStorage(settings, oci);
  const nodeFiles = nodeFilesOf(settings, nodeJobs);

  const options = clusterResourceOptions(settings, nodeFiles);
  const cilium = network(settings, options);
  const namespaces = new Namespaces(
    "namespaces",
    {
      namespaces: Object.fromEntries(ownNamespaces(settings).map((name) => [name, addOnPodSecurity[name]])),
    },
    options,
  );
  const cluster = { options, cilium, namespaces };
  isolate(settings, after(cluster, cilium, namespaceGuards(settings, cluster)));

  const { sealingKeys, sealedSecrets } = secrets(settings, cluster);
  const { issuers, certificates: issued } = certificates(settings, cluster);
  const harbor = registry(settings, cluster, issued);
  backups(settings, cluster, storage);
  monitoring(settings, options);
  audit(settings, cluster);
  gitops(settings, cluster, sealedSecrets);
  access(settings, options);

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
