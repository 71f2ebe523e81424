import type * as pulumi from "@pulumi/pulumi";
import { repositorySecret } from "../../components/backups/veleroValues.js";
import { addOnNamespaces, systemNamespace } from "../../components/common/addOnNamespaces.js";
import { harborSecrets } from "../../components/registry/harborCredentials.js";
import { sealingKeySecret } from "../../components/secrets/sealingKeys.js";
import { readCommand, type SecretEntry } from "./guarded.js";
import type { Settings } from "./schema.js";
import {
  appPassword,
  chatId,
  key32,
  passphrase,
  pemPrivateKey,
  sixteenCharacters,
  telegramBotToken,
  type SecretFormat,
} from "./secretText.js";

/**
 * A value that has to be given: one that guards data of a cluster that already lives, where a new one would make that
 * data unreadable, or one that only somebody else gives out.
 */
export interface ExistingValue {
  path: string;
  /** What it is, to follow "so …". */
  what: string;
  /** Somebody else gives it out, so it is needed on a new cluster as well. Default: the program can generate it. */
  givenOut?: true;
  format: SecretFormat;
  /** Command that prints the present value, run where the kubeconfig is (or on the node, where it says so). */
  read: string;
  /**
   * Where a cluster that already lives has it: the first entry that exists and is not empty. `pulumi up` stops where that
   * is not the value given. Default: nowhere that the API server could tell.
   */
  living?: readonly SecretEntry[];
  given: boolean;
  /** What is given, or was set in its place. */
  value: pulumi.Output<string> | undefined;
  set(value: pulumi.Output<string>): void;
}

/** Command that prints the first entry that exists. */
function readFirst(entries: readonly SecretEntry[]): string {
  return entries.map(readCommand).join(" || ");
}

/** Harbor's values: those that this program keeps, and where the chart keeps them until then. */
const harbor = (secret: string, key: string): SecretEntry => ({
  namespace: addOnNamespaces.harbor,
  secret,
  key,
});
const repositoryPassword = {
  namespace: addOnNamespaces.velero,
  secret: repositorySecret.name,
  key: repositorySecret.key,
} satisfies SecretEntry;

/** Every such value under the present settings, for a cluster that already lives. */
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
      value: key.secret,
      set: (value) => (key.secret = value),
    }),
  );

  secrets.sealingKeys.forEach((key, index) =>
    values.push({
      path: `secrets.sealingKeys[${index}].privateKey`,
      what: `sealing key ${key.name}`,
      format: pemPrivateKey,
      read: `kubectl -n ${systemNamespace} get secret -l sealedsecrets.bitnami.com/sealed-secrets-key -o yaml (tls.key, and tls.crt for certificate)`,
      living: [{ namespace: systemNamespace, secret: sealingKeySecret(key.name), key: "tls.key" }],
      given: key.generate || key.privateKey !== undefined,
      value: key.privateKey,
      set: (value) => {
        key.privateKey = value;
        key.certificate ??= "-----BEGIN CERTIFICATE-----\nplaceholder\n-----END CERTIFICATE-----\n";
      },
    }),
  );

  if (registry.enabled) values.push(...harborValues(registry));
  values.push({
    path: "backups.velero.repositoryPassword",
    what: "the password of Velero's Kopia repositories",
    format: passphrase,
    read: readCommand(repositoryPassword),
    living: [repositoryPassword],
    given: backups.velero.repositoryPassword !== undefined,
    value: backups.velero.repositoryPassword,
    set: (value) => (backups.velero.repositoryPassword = value),
  });
  return [...values, ...jobValues(settings), ...receiverValues(settings)];
}

function harborValues(registry: Settings["registry"]): ExistingValue[] {
  const living = {
    secretKey: [harbor(harborSecrets.secretKey, "secretKey"), harbor("harbor-core", "secretKey")],
    database: [harbor(harborSecrets.database, "password"), harbor("harbor-database", "POSTGRES_PASSWORD")],
  };
  return [
    {
      path: "registry.adminPassword",
      what: "the password of Harbor's admin",
      format: passphrase,
      // It may be another one by now: Harbor has read it at its first start and never again, so nothing compares it.
      read: `${readFirst([harbor(harborSecrets.admin, "HARBOR_ADMIN_PASSWORD"), harbor("harbor-core", "HARBOR_ADMIN_PASSWORD")])} (as it was at Harbor's first start; where it was changed since, give the present one)`,
      given: registry.adminPassword !== undefined,
      value: registry.adminPassword,
      set: (value) => (registry.adminPassword = value),
    },
    {
      path: "registry.secretKey",
      what: "Harbor's secretKey",
      format: sixteenCharacters,
      read: readFirst(living.secretKey),
      living: living.secretKey,
      given: registry.secretKey !== undefined,
      value: registry.secretKey,
      set: (value) => (registry.secretKey = value),
    },
    {
      path: "registry.databasePassword",
      what: "the password of Harbor's PostgreSQL",
      format: passphrase,
      read: readFirst(living.database),
      living: living.database,
      given: registry.databasePassword !== undefined,
      value: registry.databasePassword,
      set: (value) => (registry.databasePassword = value),
    },
  ];
}

/** Credentials of the receivers of alerts: Telegram and Google make them. */
function receiverValues({ monitoring }: Settings): ExistingValue[] {
  if (!monitoring.enabled) return [];
  const { telegram, gmail } = monitoring.receivers;
  const values: ExistingValue[] = [];
  if (telegram) {
    values.push(
      {
        path: "monitoring.receivers.telegram.botToken",
        what: "the token of the Telegram bot",
        givenOut: true,
        format: telegramBotToken,
        read: "in Telegram, ask @BotFather: /mybots",
        given: telegram.botToken !== undefined,
        value: telegram.botToken,
        set: (value) => (telegram.botToken = value),
      },
      {
        path: "monitoring.receivers.telegram.chatId",
        what: "the number of the Telegram chat",
        givenOut: true,
        format: chatId,
        read: "write to the bot, then look for chat.id at https://api.telegram.org/bot<token>/getUpdates",
        given: telegram.chatId !== undefined,
        value: telegram.chatId,
        set: (value) => (telegram.chatId = value),
      },
    );
  }
  if (gmail) {
    values.push({
      path: "monitoring.receivers.gmail.appPassword",
      what: `the app password of ${gmail.address}`,
      givenOut: true,
      format: appPassword,
      read: "make one at https://myaccount.google.com/apppasswords",
      given: gmail.appPassword !== undefined,
      value: gmail.appPassword,
      set: (value) => (gmail.appPassword = value),
    });
  }
  return values;
}

/** Passwords of the restic repositories that the node's jobs write to. */
function jobValues({ backups }: Settings): ExistingValue[] {
  if (!backups.jobs.enabled) return [];
  const { volumes, host, postgres } = backups.jobs;
  const repository = (
    path: string,
    prefix: string,
    holder: { password?: pulumi.Output<string> },
    read: string,
  ): ExistingValue => ({
    path: `backups.jobs.${path}.password`,
    what: `the password of the restic repository ${prefix}/`,
    format: passphrase,
    read,
    given: holder.password !== undefined,
    value: holder.password,
    set: (value) => (holder.password = value),
  });
  const values = [
    repository("volumes", "restic-k8s", volumes, "on the node: grep RESTIC_PASSWORD /etc/restic/env.sh"),
    repository("host", "restic-host", host, "on the node: grep RESTIC_PASSWORD /etc/restic/env-host.sh"),
  ];
  if (postgres.enabled) {
    values.push(
      repository(
        "postgres",
        "pg-dump",
        postgres,
        "where pg-dump/ holds no repository yet there is none; make one: openssl rand -hex 20",
      ),
    );
  }
  return values;
}
