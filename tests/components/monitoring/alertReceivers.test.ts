import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { AlertReceivers, type AlertReceiversArgs } from "../../../components/monitoring/alertReceivers.js";
import { alertRoute } from "../../../components/monitoring/alertRoute.js";
import { leftOutOfBackups } from "../../../components/common/stateSecret.js";
import { capture } from "../../kit/capture.js";
import { assertFitsCrd } from "../../kit/crdSchema.js";

const configType = "kubernetes:monitoring.coreos.com/v1alpha1:AlertmanagerConfig";
const secretType = "kubernetes:core/v1:Secret";
const needle = "needle-of-a-secret";

/** Made anew for each run: an output belongs to the runtime it was made in. */
const both = (): Partial<AlertReceiversArgs> => ({
  telegram: { botToken: `${needle}-1`, chatId: pulumi.secret("-1001234567890") },
  gmail: { address: "from@example.com", to: ["a@example.com", "b@example.com"], appPassword: `${needle}-2` },
});

const run = (change: () => Partial<AlertReceiversArgs> = both, preview = false) =>
  capture(
    () =>
      new AlertReceivers("receivers", {
        namespace: "monitoring",
        release: "kube-prometheus-stack",
        ...change(),
      }),
    { preview },
  );

const receiversOf = async (change?: () => Partial<AlertReceiversArgs>) =>
  (await run(change)).one(configType).inputs["spec"].receivers as Record<string, any>[];

describe("AlertReceivers", () => {
  for (const preview of [false, true]) {
    it(`keep credentials in a Secret, and nowhere else (preview ${preview})`, async () => {
      const all = await run(both, preview);
      const secret = all.one(secretType, "receivers-secret");
      assert.deepEqual(secret.inputs["metadata"], {
        name: "alert-receivers",
        namespace: "monitoring",
        labels: leftOutOfBackups,
      });
      assert.deepEqual(secret.inputs["stringData"], {
        "telegram-bot-token": `${needle}-1`,
        "gmail-app-password": `${needle}-2`,
      });
      assert.equal(secret.isSecret("stringData"), true);
      const others = all.resources.filter((resource) => resource !== secret);
      assert.ok(others.length >= 2);
      for (const { name, inputs, outputs } of others) {
        assert.doesNotMatch(JSON.stringify([inputs, outputs]), new RegExp(needle), name);
      }
    });
  }

  it("are an AlertmanagerConfig next to the stack, made after its Secret", async function () {
    const all = await run();
    const { inputs, parent, dependencies } = all.one(configType, "receivers-config");
    assert.equal(parent, "receivers");
    assert.deepEqual(dependencies, ["receivers-secret"]);
    assert.deepEqual(inputs["metadata"], {
      name: "homelab-alerts",
      namespace: "monitoring",
      labels: { release: "kube-prometheus-stack" },
    });
    assert.deepEqual(inputs["spec"].route, alertRoute());
    assert.deepEqual(all.one("cluster-security:monitoring:AlertReceivers").outputs, {
      configName: "homelab-alerts",
    });
    assertFitsCrd(this, "prometheus-operator-v0.93.0", "AlertmanagerConfig", inputs["spec"]);
  });

  it("take critical alerts and all others the same two ways", async () => {
    const [critical, other, none] = await receiversOf();
    assert.deepEqual([critical!["name"], other!["name"], none], ["critical", "default", { name: "null" }]);
    for (const receiver of [critical!, other!]) {
      const [telegram] = receiver["telegramConfigs"];
      assert.equal(telegram.chatID, -1001234567890);
      assert.deepEqual(telegram.botToken, { name: "alert-receivers", key: "telegram-bot-token" });
      assert.deepEqual(
        receiver["emailConfigs"].map(({ to }: { to: string }) => to),
        ["a@example.com", "b@example.com"],
      );
      for (const email of receiver["emailConfigs"]) {
        assert.deepEqual(
          { ...email, to: "" },
          {
            to: "",
            from: "from@example.com",
            smarthost: "smtp.gmail.com:587",
            authUsername: "from@example.com",
            authPassword: { name: "alert-receivers", key: "gmail-app-password" },
            requireTLS: true,
            sendResolved: true,
          },
        );
      }
    }
  });

  it("keep a chat's number secret in the state", async () => {
    assert.equal((await run()).one(configType).isSecret("spec"), true);
  });

  it("have only the ways that are given, and by default mail goes back to the sender", async () => {
    const [mail] = await receiversOf(() => ({ gmail: { ...both().gmail!, to: undefined } }));
    assert.deepEqual(Object.keys(mail!).sort(), ["emailConfigs", "name"]);
    assert.deepEqual(
      mail!["emailConfigs"].map(({ to }: { to: string }) => to),
      ["from@example.com"],
    );
    const telegramOnly = () => ({ telegram: both().telegram });
    assert.deepEqual(Object.keys((await receiversOf(telegramOnly))[0]!), ["name", "telegramConfigs"]);
    const secret = (await run(telegramOnly)).one(secretType);
    assert.deepEqual(Object.keys(secret.inputs["stringData"]), ["telegram-bot-token"]);
  });

  it("register the same with known and unknown values", async () => {
    assert.deepEqual((await run(both, true)).shape(), (await run()).shape());
  });
});

describe("alertRoute", () => {
  it("is the same with the operator's matcher, but for that matcher and the routes after it", () => {
    const { matchers, continue: goesOn, ...rest } = alertRoute("monitoring");
    assert.deepEqual(matchers, [{ name: "namespace", matchType: "=", value: "monitoring" }]);
    assert.equal(goesOn, true);
    assert.deepEqual(rest, alertRoute());
  });
});
