import * as pulumi from "@pulumi/pulumi";
import { AuditPolicy, type AuditPolicyArgs } from "../audit/auditPolicy.js";
import { authenticationConfigurationFile } from "./authenticationConfiguration.js";
import { EncryptionAtRest, encryptionConfigPath, type EncryptionAtRestArgs } from "./encryptionAtRest.js";
import { auditLogPath } from "./hardening/apiServer.js";
import { KubeadmConfig, type KubeadmConfigArgs } from "./kubeadmConfig.js";
import type { KnownNodeFile } from "./node/bundle.js";

export interface ControlPlaneArgs extends Omit<
  KubeadmConfigArgs,
  "audit" | "encryptionConfigPath" | "authenticationConfigPath"
> {
  /** Level for Secrets in the audit log (default: Metadata), and how long and how large the log may get. */
  audit: AuditPolicyArgs & Omit<KubeadmConfigArgs["audit"], "policyPath">;
  /** Keys of Secrets in etcd. */
  encryption: EncryptionAtRestArgs;
}

/**
 * The control plane as files: kubeadm's configuration, the audit policy, who may ask anonymously, and encryption at
 * rest. Nothing here touches a node; the list is what has to lie there.
 */
export class ControlPlane extends pulumi.ComponentResource {
  /** Every file of every control-plane node; secret as a whole, since one of them holds the encryption keys. */
  readonly files: pulumi.Output<KnownNodeFile[]>;
  /** Those without a secret. */
  readonly publicFiles: pulumi.Output<KnownNodeFile[]>;
  /** Content of the one file that holds the encryption keys, at `encryptionConfigPath`; secret. */
  readonly encryptionConfiguration: pulumi.Output<string>;
  /** What every newly written Secret begins with in etcd. */
  readonly encryptionWritePrefix: pulumi.Output<string>;
  /** Where each node keeps its audit log. */
  readonly auditLogPath: pulumi.Output<string>;

  constructor(name: string, args: ControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:control-plane:ControlPlane", name, {}, opts);
    const { audit, encryption, ...cluster } = args;
    const { secretsLevel, ...rotation } = audit;

    const auditPolicy = new AuditPolicy(`${name}-audit`, { secretsLevel }, { parent: this });
    const encryptionAtRest = new EncryptionAtRest(`${name}-encryption`, encryption, { parent: this });
    const authentication = authenticationConfigurationFile();
    const kubeadm = new KubeadmConfig(
      `${name}-kubeadm`,
      {
        ...cluster,
        audit: { ...rotation, policyPath: auditPolicy.file.path },
        encryptionConfigPath,
        authenticationConfigPath: authentication.path,
      },
      { parent: this },
    );

    this.publicFiles = pulumi
      .all([kubeadm.files, auditPolicy.file])
      .apply(([configurations, policy]): KnownNodeFile[] => [...configurations, policy, authentication]);
    this.files = pulumi.secret(
      pulumi
        .all([this.publicFiles, encryptionAtRest.file])
        .apply(([open, keys]): KnownNodeFile[] => [...open, keys]),
    );
    this.encryptionConfiguration = encryptionAtRest.file.content;
    this.encryptionWritePrefix = encryptionAtRest.writePrefix;
    this.auditLogPath = pulumi.output(auditLogPath);
    this.registerOutputs({
      files: this.files,
      publicFiles: this.publicFiles,
      encryptionConfiguration: this.encryptionConfiguration,
      encryptionWritePrefix: this.encryptionWritePrefix,
      auditLogPath: this.auditLogPath,
    });
  }
}
