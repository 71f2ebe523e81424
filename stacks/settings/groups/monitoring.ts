import { z } from "zod";
import { othersNamespaces } from "../../../components/common/addOnNamespaces.js";
import { dnsLabel, emailAddress } from "../fields/names.js";
import { appPassword, chatId, secretText, telegramBotToken } from "../secretText.js";

export const monitoring = z
  .strictObject({
    enabled: z
      .boolean()
      .default(true)
      .describe("Metrics, alerts and dashboards; needs the CRDs of kube-prometheus-stack."),
    namespace: dnsLabel("Namespace of kube-prometheus-stack.").default(othersNamespaces.monitoring),
    release: dnsLabel("Helm release whose Prometheus selects the monitors of this program by label.").default(
      "kube-prometheus-stack",
    ),
    receivers: z
      .strictObject({
        telegram: z
          .strictObject({
            botToken: secretText("Token of the bot that writes.", telegramBotToken).optional(),
            chatId: secretText("Number of the chat it writes to.", chatId).optional(),
          })
          .optional()
          .describe("Messages by a Telegram bot (https://core.telegram.org/bots)."),
        gmail: z
          .strictObject({
            address: emailAddress("Mailbox at Google that sends."),
            to: z
              .array(emailAddress("A mailbox."))
              .min(1)
              .optional()
              .describe("Mailboxes that receive. Default: the one that sends."),
            appPassword: secretText("App password of the sending mailbox.", appPassword).optional(),
          })
          .optional()
          .describe("E-mail through Gmail."),
      })
      .prefault({})
      .describe("Who is notified of an alert. Default: nobody; alerts show in Alertmanager only."),
  })
  .prefault({})
  .describe("kube-prometheus-stack, which this program does not install.");
