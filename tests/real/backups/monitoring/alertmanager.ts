import { alertRoute, receiverNames, type AlertRoute } from "../../../../components/monitoring/alertRoute.js";
import { configName, receivers, receiversSecret } from "../../../../components/monitoring/alertReceivers.js";

/** Namespace of the monitoring stack. */
export const namespace = "monitoring";

/** Name of a receiver after the operator has put it next to those of others. */
const operatorName = (receiver: string) => `${namespace}/${configName}/${receiver}`;

/** Who sends mail, and the password. */
export const sender = {
  address: "alerts@example.com",
  password: "abcdabcdabcdabcd",
};

/** What stands in the Secret. */
const secrets: Record<string, string> = {
  [receiversSecret.botToken]: "123456789:token-of-the-bot",
  [receiversSecret.appPassword]: sender.password,
};

/** Addresses other than the real ones, for a test that listens there. */
export interface Elsewhere {
  telegram?: string;
  smtp?: string;
}

/**
 * The configuration Alertmanager gets from the operator: the main one of kube-prometheus-stack, which tells nobody, with
 * the AlertmanagerConfig in front (https://github.com/prometheus-operator/prometheus-operator/blob/v0.93.0/pkg/alertmanager/amcfg.go).
 *
 * @param matcherStrategy OnNamespace is the operator's default.
 */
export function configuration(
  matcherStrategy: "OnNamespace" | "None" = "OnNamespace",
  elsewhere: Elsewhere = {},
): Record<string, unknown> {
  const route =
    matcherStrategy === "OnNamespace" ? alertRoute(namespace) : { ...alertRoute(), continue: true };
  const given = receivers({
    telegram: { chatId: 123456789 },
    gmail: { address: sender.address, to: ["one@example.com", "two@example.com"] },
  });
  return {
    route: {
      receiver: "null",
      group_by: ["namespace"],
      routes: [nativeRoute(route), { receiver: "null", matchers: ['alertname="Watchdog"'] }],
    },
    receivers: [
      { name: "null" },
      ...given.map(({ name, telegramConfigs, emailConfigs }) => ({
        name: operatorName(name),
        telegram_configs: (telegramConfigs ?? []).map(
          ({ botToken, chatID, parseMode, message, sendResolved }) => ({
            bot_token: secrets[botToken.key],
            chat_id: chatID,
            parse_mode: parseMode,
            message,
            send_resolved: sendResolved,
            ...(elsewhere.telegram ? { api_url: elsewhere.telegram } : {}),
          }),
        ),
        email_configs: (emailConfigs ?? []).map((email) => ({
          to: email.to,
          from: email.from,
          smarthost: elsewhere.smtp ?? email.smarthost,
          auth_username: email.authUsername,
          auth_password: secrets[email.authPassword.key],
          require_tls: email.requireTLS,
          send_resolved: email.sendResolved,
        })),
      })),
    ],
  };
}

function nativeRoute(route: AlertRoute): Record<string, unknown> {
  return {
    receiver: operatorName(route.receiver),
    ...(route.groupBy ? { group_by: route.groupBy } : {}),
    ...(route.groupWait ? { group_wait: route.groupWait } : {}),
    ...(route.groupInterval ? { group_interval: route.groupInterval } : {}),
    ...(route.repeatInterval ? { repeat_interval: route.repeatInterval } : {}),
    ...(route.matchers
      ? { matchers: route.matchers.map(({ name, matchType, value }) => `${name}${matchType}"${value}"`) }
      : {}),
    ...(route.continue ? { continue: true } : {}),
    ...(route.routes ? { routes: route.routes.map(nativeRoute) } : {}),
  };
}

/** The receivers as the operator names them. */
export const told = {
  critical: operatorName(receiverNames.critical),
  default: operatorName(receiverNames.default),
  nobody: operatorName(receiverNames.none),
};
