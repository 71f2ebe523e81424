import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { until } from "../../../../cli/kit/until.js";
import { configuration, namespace } from "./alertmanager.js";

import { Server } from "./server.js";
import { judge } from "./telegram.js";
import { TelegramServer } from "./telegramServer.js";

interface Batch {
  alertname: string;
  severity?: string;
  count: number;
  resolved?: number;
  description?: string;
  runbook?: string;
  /** Alerts that the message has to tell in full at least. Default: 1. */
  least?: number;
}

const batches: Record<string, Batch> = {
  one: { alertname: "One", count: 1, description: "a", runbook: "b" },
  "300 short ones": { alertname: "Short", count: 300, description: "a < b & c", least: 40 },
  "300 long ones": { alertname: "Long", count: 300, description: "word ".repeat(400), least: 5 },
  "text made of what HTML escapes": { alertname: "Escaped", count: 20, description: `<&>"'`.repeat(900) },
  "a long word of four bytes each": { alertname: "Emoji", count: 20, description: "🔥".repeat(3000) },
  "a description that closes tags": { alertname: "Tags", count: 2, description: "</b><i>&lt;&bogus;<3" },
  "letters of other alphabets": { alertname: "Кириллица", count: 80, description: "ещё одна — 日本語" },
  "a name as long as can be": { alertname: `<b>"${"n".repeat(5000)}`, count: 5, runbook: "&".repeat(5000) },
  "what a template or a format would take for its own": {
    alertname: "Odd",
    count: 30,
    description: "\u0000 {{ .x }} %s %!d $1 ${1} \\ \u202e \r\n\t\u00a0 <pre>",
  },
  "neither description nor runbook": { alertname: "Bare", count: 9, least: 9 },
  "critical ones": { alertname: "Critical", severity: "critical", count: 200, description: "d".repeat(300) },
  "some that are over": { alertname: "Mixed", count: 60, resolved: 50, description: "x".repeat(200) },
};

describe("a Telegram message of any alerts, with a real Alertmanager", () => {
  const alertmanager = new Server();
  const telegram = new TelegramServer();

  before(async () => {
    const config: any = configuration("OnNamespace", { telegram: await telegram.open() });
    for (const route of [config.route, ...config.route.routes]) {
      Object.assign(route, { group_wait: "1s", group_interval: "1s" });
    }
    // Mail is another test's.
    for (const receiver of config.receivers) delete receiver.email_configs;
    writeFileSync(join(alertmanager.folder, "alertmanager.yml"), stringify(config));
    await alertmanager.start("prometheus-alertmanager", [
      "--config.file=alertmanager.yml",
      "--storage.path=data",
      "--cluster.listen-address=",
    ]);
  });
  beforeEach(() => void telegram.messages.splice(0));
  after(async () => {
    await alertmanager.stop();
    telegram.close();
  });

  for (const [
    title,
    { alertname, severity = "warning", count, resolved = 0, least = 1, ...texts },
  ] of Object.entries(batches)) {
    it(`is taken, and says how many there are: ${title}`, async () => {
      const alerts = Array.from({ length: count }, (_, index) => ({
        labels: { alertname, severity, namespace, instance: `i${index}` },
        annotations: texts,
        startsAt: new Date().toISOString(),
      }));
      await post(alerts);
      const first = await counted({ firing: count, resolved: 0 });
      const told = headings(first);
      assert.ok(told.firing >= least, `${told.firing} are told`);
      if (resolved === 0) return;
      const endsAt = new Date().toISOString();
      await post(alerts.slice(0, resolved).map((alert) => ({ ...alert, endsAt })));
      const second = await counted({ firing: count - resolved, resolved });
      assert.equal(headings(second).firing, count - resolved, "what still fires is told first");
    });
  }

  const post = (alerts: object[]) =>
    alertmanager.call("/api/v2/alerts", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });

  /** A message that tells of that many alerts, in full or as a number; none is refused. */
  const counted = ({ firing, resolved }: Counts): Promise<string> =>
    until(
      () => {
        assert.deepEqual(
          telegram.messages.flatMap(({ refused }) => refused ?? []),
          [],
        );
        return telegram.messages
          .map(({ text }) => shownOf(text))
          .find((shown) => {
            const [told, rest] = [headings(shown), left(shown)];
            return told.firing + rest.firing === firing && told.resolved + rest.resolved === resolved;
          });
      },
      () => `there is only ${JSON.stringify(telegram.messages, undefined, 1)}`,
    );
});

interface Counts {
  firing: number;
  resolved: number;
}

const shownOf = (body: string): string => {
  const verdict = judge((JSON.parse(body) as { text: string }).text);
  assert.ok("shown" in verdict);
  return verdict.shown;
};

/** Alerts that are told each by itself. */
function headings(shown: string): Counts {
  const count = (state: RegExp) => shown.split("\n").filter((line) => state.test(line)).length;
  return { firing: count(/^(🔴|🚨 CRITICAL:) FIRING$/), resolved: count(/^🟢 (CRITICAL: )?RESOLVED$/) };
}

/** Alerts that the last line counts. */
function left(shown: string): Counts {
  const [, total, firing, resolved] =
    /^… and (\d+) more: (\d+) firing, (\d+) resolved$/.exec(shown.trimEnd().split("\n").at(-1)!) ?? [];
  if (total === undefined) return { firing: 0, resolved: 0 };
  assert.equal(Number(total), Number(firing) + Number(resolved));
  return { firing: Number(firing), resolved: Number(resolved) };
}
