import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { ApiAnswer, ApiRequest } from "../../../../stacks/kubernetes/api.js";
import { alertsArrive } from "../../../../cli/verify/checks/monitoring/receivers.js";
import { fakeTarget } from "../../../cli/verify/fakeTarget.js";
import {
  alertmanager as status,
  counted,
  routing,
  toBoth,
} from "../../../cli/verify/pairs/backupFailures.js";
import { configuration, sender } from "./alertmanager.js";
import { Server } from "./server.js";

describe("verify, with a real Alertmanager that has loaded the receivers", () => {
  let alertmanager: Server;
  afterEach(() => alertmanager.stop());

  async function start(loaded: object): Promise<void> {
    alertmanager = new Server();
    writeFileSync(join(alertmanager.folder, "alertmanager.yml"), stringify(loaded));
    await alertmanager.start("prometheus-alertmanager", [
      "--config.file=alertmanager.yml",
      "--storage.path=data",
      "--cluster.listen-address=",
    ]);
  }

  /** What verify finds where Prometheus has counted that all notifications arrived. */
  function finding() {
    const target = fakeTarget({ ...routing(), ...counted() }, toBoth);
    const { api } = target;
    const request = async (asked: ApiRequest): Promise<ApiAnswer> => {
      if (asked.path !== status) return api.request(asked);
      const body = await alertmanager.text("/api/v2/status");
      assert.ok(!body.includes(sender.password), "Alertmanager prints no credentials");
      return { status: 200, body, auditId: undefined, warnings: [] };
    };
    return alertsArrive({ ...target, api: { server: api.server, request } });
  }

  for (const strategy of ["OnNamespace", "None"] as const) {
    it(`finds that alerts lead to them (${strategy})`, async () => {
      await start(configuration(strategy));
      const { status, evidence } = await finding();
      assert.equal(status, "proved", evidence);
    });
  }

  it("finds that no route leads to them", async () => {
    await start({ ...configuration(), route: { receiver: "null" } });
    const { status, evidence } = await finding();
    assert.equal(status, "failed", evidence);
    assert.match(evidence, /^Alertmanager sends BackupFailed to null, not to the receiver critical; /);
  });

  it("asks for metrics that there are", async () => {
    await start(configuration());
    const metrics = await alertmanager.text("/metrics");
    for (const metric of ["alertmanager_notifications_total", "alertmanager_notifications_failed_total"])
      for (const integration of ["telegram", "email"])
        assert.match(metrics, new RegExp(`^${metric}\\{[^}]*integration="${integration}"`, "m"));
  });
});
