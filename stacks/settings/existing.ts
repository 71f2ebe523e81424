import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./schema.js";
import { key32, passphrase, pemPrivateKey, sixteenCharacters, type SecretFormat } from "./secretText.js";

/** A value that guards data of a cluster that already lives: a new one would make that data unreadable. */
export interface ExistingValue {
  path: string;
  /** What it is, to follow "so …". */
  what: string;
  format: SecretFormat;
  /** Command that prints the present value, run where the kubeconfig is (or on the node, where it says so). */
  read: string;
  given: boolean;
  set(value: pulumi.Output<string>): void;
}

const decode = (namespace: string, secret: string, key: string): string =>
  `kubectl -n ${namespace} get secret ${secret} -o go-template='{{index .data "${key}" | base64decode}}'`;

/** Every such value under the present settings. */
export function existingValues(settings: Settings): ExistingValue[] {
  const { controlPlane, secrets, registry, backups } = settings;
  const values: ExistingValue[] = [];

  controlPlane.encryption.keys.forEach((key, index) =>
    values.push({
      path: `controlPlane.encryption.keys[${index}].secret`,
      what: `encryption key ${key.name}`,
      format: key32,
      read:
        "on the node: grep -A1 'name: " +
        key.name +
        "' \"$(sed -n 's/.*--encryption-provider-config=//p' /etc/kubernetes/manifests/kube-apiserver.yaml)\"",
      given: key.generate || key.secret !== undefined,
      set: (value) => (key.secret = value),
    }),
  );

  secrets.sealingKeys.forEach((key, index) =>
    values.push({
      path: `secrets.sealingKeys[${index}].privateKey`,
      what: `sealing key ${key.name}`,
      format: pemPrivateKey,
      read: "kubectl -n kube-system get secret -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml (tls.key, and tls.crt for certificate)",
      given: key.generate || key.privateKey !== undefined,
      set: (value) => {
        key.privateKey = value;
        key.certificate ??= "-----BEGIN CERTIFICATE-----\nplaceholder\n-----END CERTIFICATE-----\n";
      },
    }),
  );

  if (registry.enabled) {
    values.push(
      {
        path: "registry.secretKey",
        what: "Harbor's secretKey",
        format: sixteenCharacters,
        read: decode("harbor", "harbor-core", "secretKey"),
        given: registry.secretKey !== undefined,
        set: (value) => (registry.secretKey = value),
      },
      {
        path: "registry.databasePassword",
        what: "the password of Harbor's PostgreSQL",
        format: passphrase,
        read: decode("harbor", "harbor-database", "POSTGRES_PASSWORD"),
        given: registry.databasePassword !== undefined,
        set: (value) => (registry.databasePassword = value),
      },
    );
  }

  values.push({
    path: "backups.velero.repositoryPassword",
    what: "the password of Velero's Kopia repositories",
    format: passphrase,
    read: decode("velero", "velero-repo-credentials", "repository-password"),
    given: backups.velero.repositoryPassword !== undefined,
    set: (value) => (backups.velero.repositoryPassword = value),
  });
  return values;
}
