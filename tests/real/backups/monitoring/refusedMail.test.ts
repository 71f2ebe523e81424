import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { until } from "../../../../cli/kit/until.js";
import { configuration, namespace, sender } from "./alertmanager.js";
import { MailServer, type MailServerOptions } from "./mailServer.js";
import { Server } from "./server.js";

describe("mail that cannot be sent, with a real Alertmanager", () => {
  const accounts = { [sender.address]: sender.password };
  const cases: Record<
    string,
    { server: MailServerOptions; trusted: boolean; reason: RegExp; refusals: RegExp }
  > = {
    "because the app password is wrong": {
      server: { accounts: { [sender.address]: "another" } },
      trusted: true,
      reason: /535 5\.7\.8 Username and Password not accepted/,
      refusals: /^(\{"why":"wrong password of alerts@example\.com","secure":true\} ?)+$/,
    },
    "because the server offers no STARTTLS: neither password nor mail is sent in plain": {
      server: { accounts, startTls: false },
      trusted: true,
      reason: /does not advertise the STARTTLS extension/,
      refusals: /^$/,
    },
    "because nobody knows the server's certificate: the password is not sent": {
      server: { accounts },
      trusted: false,
      reason: /certificate signed by unknown authority/,
      refusals: /^$/,
    },
  };
  for (const [title, { server, trusted, reason, refusals }] of Object.entries(cases)) {
    it(`is counted and logged with the reason, ${title}`, async () => {
      const mail = await MailServer.open(server);
      const alertmanager = new Server();
      try {
        const config: any = configuration("OnNamespace", { smtp: mail.address });
        for (const route of [config.route, ...config.route.routes])
          Object.assign(route, { group_wait: "100ms" });
        for (const receiver of config.receivers) delete receiver.telegram_configs;
        writeFileSync(join(alertmanager.folder, "alertmanager.yml"), stringify(config));
        writeFileSync(join(alertmanager.folder, "ca.pem"), trusted ? mail.certificate : "");
        await alertmanager.start(
          "prometheus-alertmanager",
          [
            "--config.file=alertmanager.yml",
            "--storage.path=data",
            "--cluster.listen-address=",
            "--log.level=debug",
          ],
          { SSL_CERT_FILE: "ca.pem", SSL_CERT_DIR: alertmanager.folder + "/none" },
        );
        await alertmanager.call("/api/v2/alerts", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify([{ labels: { alertname: "One", severity: "critical", namespace } }]),
        });
        await until(
          async () => (await failed(alertmanager)) > 0 && reason.test(alertmanager.log),
          () => `Alertmanager says only:\n${alertmanager.log}`,
        );
        assert.deepEqual(mail.mails, []);
        assert.match(mail.refusals.map((refusal) => JSON.stringify(refusal)).join(" "), refusals);
        assert.ok(!alertmanager.log.includes(sender.password));
      } finally {
        await alertmanager.stop();
        await mail.close();
      }
    });
  }
});

/** Requests for mail that failed, by Alertmanager's own count. */
async function failed(alertmanager: Server): Promise<number> {
  const text = await alertmanager.text("/metrics");
  const name = 'alertmanager_notification_requests_failed_total{integration="email"}';
  const line = text.split("\n").find((one) => one.startsWith(name));
  return Number(line?.split(" ").at(-1) ?? 0);
}
