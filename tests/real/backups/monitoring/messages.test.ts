import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { until } from "../../../../cli/kit/until.js";
import { configuration, namespace, sender } from "./alertmanager.js";
import { MailServer } from "./mailServer.js";
import { Server } from "./server.js";
import { type Message, TelegramServer } from "./telegramServer.js";

const description = "The last run of restic_host failed: 3 < 4 & more.";

describe("messages, with a real Alertmanager", () => {
  const alertmanager = new Server();
  const telegram = new TelegramServer();
  let mail: MailServer;

  before(async () => {
    mail = await MailServer.open({ accounts: { [sender.address]: sender.password } });
    const elsewhere = { telegram: await telegram.open(), smtp: mail.address };
    const config: any = configuration("OnNamespace", elsewhere);
    // Nobody waits half a minute in a test.
    for (const route of [config.route, ...config.route.routes]) {
      Object.assign(route, { group_wait: "100ms", group_interval: "1s" });
    }
    writeFileSync(join(alertmanager.folder, "alertmanager.yml"), stringify(config));
    writeFileSync(join(alertmanager.folder, "ca.pem"), mail.certificate);
    await alertmanager.start(
      "prometheus-alertmanager",
      ["--config.file=alertmanager.yml", "--storage.path=data", "--cluster.listen-address="],
      { SSL_CERT_FILE: "ca.pem" },
    );
  });
  after(async () => {
    await alertmanager.stop();
    telegram.close();
    await mail.close();
  });

  const send = (labels: Record<string, string>, times: { startsAt: string; endsAt?: string }) =>
    alertmanager.call("/api/v2/alerts", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ labels, annotations: { description, runbook: "journalctl" }, ...times }]),
    });

  /** One Telegram message and two e-mails about that alert in that state. */
  const told = (alert: string, state: string) =>
    until(
      () => {
        const message = telegram.messages.find(({ text }) => text.includes(alert) && text.includes(state));
        const mails = mail.mails.filter(
          ({ text }) => text.includes(alert) && /^Subject: .*$/m.exec(text)![0].includes(state),
        );
        return message && mails.length === 2 && { message, mails };
      },
      () =>
        `of ${alert}, ${state}, there is only:\n${JSON.stringify([telegram.messages, mail], undefined, 1)}`,
    );

  const telegramText = ({ to, text, refused }: Message) => {
    assert.equal(refused, undefined);
    assert.equal(to, "/bot123456789:token-of-the-bot/sendMessage");
    const { chat_id, parse_mode, text: shown } = JSON.parse(text) as Record<string, string>;
    assert.deepEqual([chat_id, parse_mode], ["123456789", "HTML"]);
    return shown!.trim().split("\n");
  };

  for (const { alertname, severity, firing, resolved } of [
    {
      alertname: "BackupFailed",
      severity: "critical",
      firing: "🚨 CRITICAL: FIRING",
      resolved: "🟢 CRITICAL: RESOLVED",
    },
    { alertname: "BackupStale", severity: "warning", firing: "🔴 FIRING", resolved: "🟢 RESOLVED" },
  ]) {
    it(`tells by Telegram and Gmail that ${alertname} fires, and that it is over`, async () => {
      const labels = { alertname, severity, namespace, job: "restic_host" };
      const startsAt = new Date(Date.now() - 60_000).toISOString();
      await send(labels, { startsAt });
      const { message, mails } = await told(alertname, "FIRING");
      const escaped = "The last run of restic_host failed: 3 &lt; 4 &amp; more.";
      assert.deepEqual(telegramText(message), [
        `<b>${firing}</b>`,
        `<b>${alertname}</b>`,
        escaped,
        "journalctl",
      ]);
      assert.deepEqual(mails.flatMap(({ to }) => to).sort(), ["one@example.com", "two@example.com"]);
      for (const { from, user } of mails) assert.deepEqual([from, user], [sender.address, sender.address]);

      await send(labels, { startsAt, endsAt: new Date().toISOString() });
      assert.deepEqual(telegramText((await told(alertname, "RESOLVED")).message), [
        `<b>${resolved}</b>`,
        `<b>${alertname}</b>`,
        escaped,
      ]);
    });
  }

  it("says nothing of what proves that alerting works, or lies in another namespace", async () => {
    const startsAt = new Date().toISOString();
    await send({ alertname: "Watchdog", namespace }, { startsAt });
    await send(
      { alertname: "KubePodCrashLooping", namespace: "backstage", severity: "critical" },
      { startsAt },
    );
    await send({ alertname: "Last", namespace }, { startsAt });
    await told("Last", "FIRING");
    assert.deepEqual(
      [...telegram.messages, ...mail.mails].filter(({ text }) => /Watchdog|KubePodCrashLooping/.test(text)),
      [],
    );
  });
});
