import assert from "node:assert/strict";
import { receiversOf } from "../../../cli/verify/checks/monitoring/alertmanager.js";
import { claims, simulated } from "./addonClaims.js";
import { named } from "./fakeTarget.js";
import {
  alertmanager,
  both,
  config,
  counted,
  critical,
  loaded,
  mail,
  other,
  routes,
  routing,
  toBoth,
} from "./pairs/backupFailures.js";

const led = "Alertmanager leads alerts to Telegram and e-mail";
claims("Backup failures", "Alerts go to", [
  [
    "they do",
    { ...routing(critical, other), ...counted() },
    "proved",
    `${led}; in the last 7d notifications arrived: 3 by Telegram, 3 by e-mail, none failed`,
    toBoth,
  ],
  [
    "by mail alone, as the settings say",
    { ...routing({ ...critical, telegram_configs: [] }, { ...other, telegram_configs: [] }), ...counted() },
    "proved",
    "Alertmanager leads alerts to e-mail; in the last 7d notifications arrived: 3 by e-mail, none failed",
    { settings: mail },
  ],
  [
    "some did not arrive, and later ones did",
    { ...routing(critical, other), ...counted(3, 2, 1) },
    "proved",
    `${led}; in the last 7d notifications arrived: 3 by Telegram, 1 by e-mail; ` +
      "2 of 3 notifications by e-mail failed in the last 7d, before one that arrived",
    toBoth,
  ],
  [
    "the last did not arrive",
    { ...routing(critical, other), ...counted(3, 2, 3) },
    "failed",
    "2 of 3 notifications by e-mail failed in the last 7d, and none has arrived since",
    toBoth,
  ],
  [
    "none arrived",
    { ...routing(critical, other), ...counted(3, 3) },
    "failed",
    "3 of 3 notifications by e-mail failed in the last 7d, and none has arrived since",
    toBoth,
  ],
  [
    "nothing was ever sent",
    { ...routing(critical, other), ...counted(0) },
    "unchecked",
    /^Alertmanager leads .*, but nothing was sent by Telegram and e-mail in the last 7d; send something: kubectl -n monitoring exec /,
    toBoth,
  ],
  [
    "nobody has counted",
    routing(critical, other),
    "unchecked",
    /but there is no Service monitoring\/prometheus-operated to ask/,
    toBoth,
  ],
  [
    "one way is missing",
    routing({ ...critical, email_configs: [] }, { ...both, name: "default" }),
    "failed",
    /^the receiver critical has no e-mail; Alertmanager has no receiver monitoring\/homelab-alerts\/default$/,
    toBoth,
  ],
  [
    "critical alerts go elsewhere",
    loaded(routes("null"), critical, other),
    "failed",
    /^Alertmanager sends BackupFailed to null, not to the receiver critical; /,
    toBoth,
  ],
  [
    "no route leads to the receivers",
    loaded({ receiver: "null" }, critical, other),
    "failed",
    /^Alertmanager sends BackupFailed to null, not to the receiver critical; Alertmanager sends BackupStale to null, /,
    toBoth,
  ],
  [
    "Alertmanager has no pod",
    { ...routing(critical, other), [alertmanager]: () => ({ status: 503 }) },
    "failed",
    "AlertmanagerConfig monitoring/homelab-alerts is there, but no pod of Alertmanager answers behind alertmanager-operated",
    toBoth,
  ],
  [
    "its pods are simulated",
    routing(critical, other),
    "unchecked",
    /and no Alertmanager reads it: no pod/,
    { ...toBoth, ...simulated },
  ],
  [
    "nobody reads the configuration",
    { [config]: named("homelab-alerts") },
    "unchecked",
    /^AlertmanagerConfig monitoring\/homelab-alerts is there, but there is no Service monitoring\/alertmanager-operated to ask/,
    toBoth,
  ],
  [
    "there is no configuration",
    {},
    "failed",
    "there is no AlertmanagerConfig monitoring/homelab-alerts",
    toBoth,
  ],
  ["nobody is to be told", {}, "unchecked", /name nobody to tell/],
  [
    "monitoring is off",
    {},
    "unchecked",
    /leave monitoring out/,
    { settings: { "monitoring.enabled": false } },
  ],
]);

describe("receivers of an alert", () => {
  const labels = { severity: "critical", namespace: "a" };
  const cases: [what: string, routes: object[], receivers: string[]][] = [
    ["the first route that matches", [{ receiver: "one" }, { receiver: "two" }], ["one"]],
    [
      "and the next, where it says so",
      [{ receiver: "one", continue: true }, { receiver: "two" }],
      ["one", "two"],
    ],
    ["none that does not match", [{ receiver: "one", matchers: ['severity!="critical"'] }], ["outer"]],
    [
      "by an expression for the whole value",
      [{ receiver: "one", matchers: ['severity=~"crit"'] }],
      ["outer"],
    ],
    [
      "by an expression as Go reads it, for the whole value",
      [
        { receiver: "one", matchers: ['severity=~"(?i)CRIT|x"'] },
        { receiver: "two", matchers: ['severity=~"(?i)CRIT.*|x"'] },
      ],
      ["two"],
    ],
    ["by what it is not", [{ receiver: "one", matchers: ['severity!~"warn.*"'] }], ["one"]],
    ["by a label that is not there", [{ receiver: "one", matchers: ['"team"=""'] }], ["one"]],
    [
      "in the way of old",
      [
        { receiver: "one", match: { namespace: "b" } },
        { receiver: "two", match_re: { namespace: "a|b" } },
      ],
      ["two"],
    ],
    ["an inner route without a receiver of its own", [{ receiver: "one", routes: [{}] }], ["one"]],
  ];
  for (const [what, routes, receivers] of cases) {
    it(what, () => assert.deepEqual(receiversOf({ receiver: "outer", routes }, labels), receivers));
  }

  it("are not guessed where a matcher is not understood", () => {
    assert.throws(
      () => receiversOf({ receiver: "outer", routes: [{ matchers: ["severity critical"] }] }, labels),
      {
        message: "Alertmanager has a route with severity critical, which is not understood",
      },
    );
    assert.throws(
      () => receiversOf({ receiver: "outer", routes: [{ matchers: ['severity!~"(?=crit)"'] }] }, labels),
      { message: /^Alertmanager has a route with \(\?=crit\), which is not understood: / },
    );
  });
});
