import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { backupAlerts } from "../../../../components/backups/backupAlerts.js";
import { ruleSpec } from "../../../../components/monitoring/alert.js";
import type { ApiAnswer, ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { until } from "../../../../cli/kit/until.js";
import { alertsFire } from "../../../../cli/verify/checks/monitoring/alerts.js";
import { fakeTarget } from "../../../cli/verify/fakeTarget.js";
import { prometheusService, rule } from "../../../cli/verify/pairs/backupFailures.js";
import { Server } from "./server.js";

describe("verify, with a real Prometheus that has loaded the alerts", () => {
  const spec = ruleSpec(backupAlerts(), "monitoring");
  let prometheus: Server;
  afterEach(() => prometheus.stop());

  /** What verify finds where Prometheus has the rules with that change. */
  async function findingWith(change: (rules: string) => string) {
    prometheus = new Server();
    const { folder } = prometheus;
    writeFileSync(join(folder, "rules.yml"), change(stringify(spec)));
    writeFileSync(
      join(folder, "prometheus.yml"),
      stringify({ global: { evaluation_interval: "1s" }, rule_files: ["rules.yml"] }),
    );
    await prometheus.start("prometheus", ["--config.file=prometheus.yml", "--log.level=warn"]);
    await until(async () => {
      const { data } = await prometheus.call("/api/v1/rules?type=alert");
      return data.groups.every((group: any) => group.rules.every(({ health }: any) => health !== "unknown"));
    }, "Prometheus evaluates no rule");
    const target = fakeTarget({
      [rule]: { spec },
      "/api/v1/namespaces/monitoring/services/prometheus-operated": {},
    });
    const { api } = target;
    const request = async (asked: ApiRequest): Promise<ApiAnswer> => {
      if (!asked.path.startsWith(prometheusService)) return api.request(asked);
      const answer: unknown = await prometheus.call(`/api/v1${asked.path.slice(prometheusService.length)}`);
      return { status: 200, body: JSON.stringify(answer), auditId: undefined, warnings: [] };
    };
    return alertsFire({ ...target, api: { server: api.server, request } });
  }

  it("finds that they fire", async () => {
    const { status, evidence } = await findingWith((rules) => rules);
    assert.equal(status, "proved", evidence);
  });

  const broken: Record<string, [from: string | RegExp, to: string, evidence: RegExp]> = {
    "fires the wrong way round": [
      "backup_success == 0",
      "backup_success == 1",
      /^BackupFailed does not fire for a backup that failed: .*; BackupFailed fires though all is well: /s,
    ],
    "knows nothing of what never reported": [
      /\n *or absent_over_time\(backup_success[^\n]*/g,
      "",
      /^BackupFailed does not fire for a backup that never reported: /,
    ],
    "asks for another series": [/backup_timestamp/g, "backup_time", /^BackupStale (does not )?fires? /],
    "has another limit": [
      "> 85",
      "> 99",
      /^OCIBucketNearLimit does not fire for a bucket that is nearly full: /,
    ],
    "is not loaded": ["alert: BackupStale", "alert: Other", /^Prometheus has not loaded BackupStale$/],
  };
  for (const [what, [from, to, expected]] of Object.entries(broken)) {
    it(`finds the one that ${what}`, async () => {
      const { status, evidence } = await findingWith((rules) => {
        const changed = rules.replace(from, to);
        assert.notEqual(changed, rules);
        return changed;
      });
      assert.equal(status, "failed", evidence);
      assert.match(evidence, expected);
    });
  }
});
