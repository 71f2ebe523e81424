import * as pulumi from "@pulumi/pulumi";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { stateSecret } from "../common/stateSecret.js";
import { alertRoute, receiverNames } from "./alertRoute.js";
import { telegramMessage } from "./telegramMessage.js";

export interface Telegram {
  /** Token of the bot that writes. Secret. */
  botToken: pulumi.Input<string>;
  /** Number of the chat it writes to; a group's is negative. Not for everybody to read, so it may be secret. */
  chatId: pulumi.Input<string>;
}

export interface Gmail {
  /** Mailbox that sends. */
  address: string;
  /** Mailboxes that receive. Default: the one that sends. */
  to?: readonly string[];
  /** App password of the sending mailbox (https://support.google.com/accounts/answer/185833). Secret. */
  appPassword: pulumi.Input<string>;
}

export interface AlertReceiversArgs {
  /** Namespace of the monitoring stack, which exists already. */
  namespace: string;
  /** Value of the label `release`, for an Alertmanager that selects its configurations by it. */
  release: string;
  /** Default: no messages by Telegram. */
  telegram?: Telegram;
  /** Default: no e-mail. */
  gmail?: Gmail;
}

/** Name of the AlertmanagerConfig. */
export const configName = "homelab-alerts";

/** The Secret with the credentials of the receivers, and its entries. */
export const receiversSecret = {
  name: "alert-receivers",
  botToken: "telegram-bot-token",
  appPassword: "gmail-app-password",
} as const;

/** Telegram's server for bots, where Alertmanager looks for it (https://core.telegram.org/bots/api). */
export const telegramServer = { host: "api.telegram.org", port: 443 };

/** Google's server for sending, with STARTTLS (https://support.google.com/a/answer/176600). */
export const gmailServer = { host: "smtp.gmail.com", port: 587 };

/** Who is told of an alert, as an AlertmanagerConfig; credentials stay in a Secret that it names. */
export class AlertReceivers extends pulumi.ComponentResource {
  /** Name of the AlertmanagerConfig, known once it exists. */
  readonly configName: pulumi.Output<string>;

  constructor(name: string, args: AlertReceiversArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:monitoring:AlertReceivers", name, {}, opts);
    const { namespace, telegram, gmail } = args;
    const secret = stateSecret(
      `${name}-secret`,
      {
        metadata: { name: receiversSecret.name, namespace },
        type: "Opaque",
        stringData: {
          ...(telegram ? { [receiversSecret.botToken]: pulumi.secret(telegram.botToken) } : {}),
          ...(gmail ? { [receiversSecret.appPassword]: pulumi.secret(gmail.appPassword) } : {}),
        },
      },
      { parent: this },
    );
    const config = new CustomResource(
      `${name}-config`,
      {
        apiVersion: "monitoring.coreos.com/v1alpha1",
        kind: "AlertmanagerConfig",
        metadata: { name: configName, namespace, labels: { release: args.release } },
        spec: {
          route: alertRoute(),
          receivers: receivers({
            // A number in the API, and text in settings that can be secret.
            telegram: telegram && { chatId: pulumi.output(telegram.chatId).apply(Number) },
            gmail,
          }),
        },
      },
      // The operator leaves out a configuration whose Secret it does not find.
      { parent: this, dependsOn: secret },
    );
    this.configName = config.metadata.name;
    this.registerOutputs({ configName: this.configName });
  }
}

/** A receiver, as an AlertmanagerConfig has it (https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1alpha1.Receiver). */
export interface Receiver<ChatId> {
  name: string;
  telegramConfigs?: ReturnType<typeof telegramConfig<ChatId>>[];
  emailConfigs?: ReturnType<ReturnType<typeof email>>[];
}

/** The receivers of an AlertmanagerConfig, in the same two ways for critical alerts and for all others. */
export function receivers<ChatId>(args: {
  telegram?: { chatId: ChatId };
  gmail?: Pick<Gmail, "address" | "to">;
}): Receiver<ChatId>[] {
  const ways = (critical: boolean) => ({
    ...(args.telegram ? { telegramConfigs: [telegramConfig(args.telegram.chatId, critical)] } : {}),
    ...(args.gmail ? { emailConfigs: (args.gmail.to ?? [args.gmail.address]).map(email(args.gmail)) } : {}),
  });
  return [
    { name: receiverNames.critical, ...ways(true) },
    { name: receiverNames.default, ...ways(false) },
    { name: receiverNames.none },
  ];
}

function telegramConfig<ChatId>(chatID: ChatId, critical: boolean) {
  return {
    botToken: { name: receiversSecret.name, key: receiversSecret.botToken },
    chatID,
    parseMode: "HTML",
    message: telegramMessage(critical),
    sendResolved: true,
  };
}

const email = (gmail: Pick<Gmail, "address">) => (to: string) => ({
  to,
  from: gmail.address,
  smarthost: `${gmailServer.host}:${gmailServer.port}`,
  authUsername: gmail.address,
  authPassword: { name: receiversSecret.name, key: receiversSecret.appPassword },
  requireTLS: true,
  sendResolved: true,
});
