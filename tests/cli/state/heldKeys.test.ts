import assert from "node:assert/strict";
import { parseSettings, type Settings } from "../../../stacks/settings/index.js";
import {
  neededKeys,
  shownSecrets,
  stateReport,
  type StateReportArgs,
  type HeldState,
  type NeededKey,
} from "../../../cli/state/heldKeys.js";
import { rawSettings } from "../../stacks/settings/fixtures.js";
import { readSettings } from "../../../cli/kit/settings.js";

const { settings } = await readSettings("lab");
const urn = (path: string) => `urn:pulumi:lab::cluster-security::${path}`;
const secret = (name: string, texts: Record<string, string>, parent = "") => ({
  urn: urn(`${parent}kubernetes:core/v1:Secret::${name}`),
  type: "kubernetes:core/v1:Secret",
  inputs: {
    metadata: { name },
    data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, btoa(text)])),
  },
  showsSecret: false,
});
const sealing = "cluster-security:secrets:SealingKeys$";
const encryption = (name: string, key: string) =>
  `resources:\n- providers:\n  - aescbc: {keys: [{name: ${name}, secret: "${key}"}]}\n  - identity: {}\n`;
const full: HeldState = {
  resources: [
    secret("sealed-secrets-key-first", { "tls.crt": "c", "tls.key": "k" }, sealing),
    secret("harbor-credentials-secret-key", { secretKey: "s" }),
    secret("harbor-credentials-database", { password: "p" }),
    secret("velero-repo-credentials", { "repository-password": "p" }),
  ],
  nodeFiles: [
    { path: "/etc/kubernetes/enc/enc.yaml", content: encryption("key1", "k") },
    ...["restic-k8s", "restic-host", "pg-dump"].map((prefix) => ({
      path: `/etc/backups/${prefix}.password`,
      content: "p\n",
    })),
  ],
  nodeBundles: { musashi: "b" },
};
const without = (change: (state: { -readonly [K in keyof HeldState]: HeldState[K] }) => void): HeldState => {
  const state = structuredClone(full);
  change(state);
  return state;
};
const lacking = (state: HeldState, of: Settings = settings) =>
  neededKeys(of, state)
    .filter(({ held }) => !held)
    .map(({ name }) => name);

const report = (keys: NeededKey[], more: Partial<StateReportArgs> = {}) =>
  stateReport({
    stack: "lab",
    backend: "file:///home/me/state",
    bucket: "homelab-backups",
    isEmpty: false,
    shown: [],
    isOpened: true,
    keys,
    ...more,
  });

describe("what a state holds for a recovery", () => {
  it("is everything where all of it is there", () => {
    const keys = neededKeys(settings, full);
    assert.deepEqual(lacking(full), []);
    assert.deepEqual(
      keys.map(({ name }) => name),
      [
        "node files of musashi",
        "encryption key key1",
        "sealing key first",
        "Harbor's secretKey",
        "Harbor's database password",
        "password of Velero's repositories",
        "password of restic-k8s/",
        "password of restic-host/",
        "password of pg-dump/",
      ],
    );
  });

  const cases: Record<string, HeldState> = {
    "node files of musashi": without((state) => delete state.nodeBundles),
    "encryption key key1": without(
      (state) =>
        (state.nodeFiles = [
          { ...state.nodeFiles![0]!, content: encryption("key2", "k") },
          ...full.nodeFiles!.slice(1),
        ]),
    ),
    "sealing key first": without((state) => (state.resources = state.resources.slice(1))),
    "Harbor's secretKey": without((state) => (state.resources = state.resources.toSpliced(1, 1))),
    "Harbor's database password": without(
      (state) =>
        (state.resources = state.resources.toSpliced(
          2,
          1,
          secret("harbor-credentials-database", { password: "" }),
        )),
    ),
    "password of Velero's repositories": without((state) => (state.resources = state.resources.slice(0, -1))),
    "password of pg-dump/": without((state) => (state.nodeFiles = state.nodeFiles!.slice(0, -1))),
  };
  for (const [name, state] of Object.entries(cases)) {
    it(`lacks the ${name}`, () => assert.deepEqual(lacking(state), [name]));
  }

  it("lacks all of it where nothing was ever applied", () =>
    assert.equal(lacking({ resources: [] }).length, neededKeys(settings, full).length));

  it("is less where the settings want less", () => {
    const { registry, backups } = settings;
    const fewer = {
      ...settings,
      registry: { ...registry, enabled: false },
      backups: {
        ...backups,
        jobs: { ...backups.jobs, postgres: { ...backups.jobs.postgres, enabled: false } },
      },
    } as Settings;
    const names = neededKeys(fewer, full).map(({ name }) => name);
    assert.ok(!names.some((name) => /Harbor|pg-dump/.test(name)) && names.length === 6);
  });

  it("holds a retired key if it was generated, or is given", () => {
    const keys = [
      { name: "key1", provider: "aescbc" as const },
      { name: "old", provider: "aescbc" as const, retired: true },
    ];
    const rotated = {
      ...settings,
      controlPlane: { ...settings.controlPlane, encryption: { ...settings.controlPlane.encryption, keys } },
    } as Settings;
    assert.deepEqual(lacking(full, rotated), ["encryption key old, retired"]);
    const type = "random:index/randomPassword:RandomPassword";
    const generated = {
      urn: urn(`cluster-security:control-plane:EncryptionAtRest$${type}::control-plane-encryption-old`),
      type,
      inputs: {},
      showsSecret: false,
    };
    assert.deepEqual(lacking({ ...full, resources: [...full.resources, generated] }, rotated), []);
  });

  it("holds no retired key of a cluster that exists until it is given", () => {
    const held = (old: object) => {
      const keys = [{ name: "key1" }, { name: "old", retired: true, ...old }];
      const set = { "cluster.existing": true, "controlPlane.encryption.keys": keys };
      const { settings } = parseSettings(rawSettings({ set }), "lab");
      return neededKeys(settings, full).find(({ name }) => name.includes("old"))!.held;
    };
    assert.deepEqual([held({}), held({ secret: { secure: "v1:aaaa" } })], [false, true]);
  });

  it("is told with no value, and what is missing apart", () => {
    const needle = "needle-value";
    const state = JSON.parse(
      JSON.stringify(full).replaceAll('"p"', `"${needle}"`).replaceAll("p\\n", needle),
    ) as HeldState;
    const { text, complete } = report(neededKeys(settings, state));
    assert.ok(complete);
    assert.ok(!text.includes(needle));
    assert.match(
      text,
      /^The state of lab opens\. It lies in file:\/\/\/home\/me\/state\nIt holds, for a recovery:\n {2}node files/,
    );
    const lacks = report(neededKeys(settings, cases["sealing key first"]!));
    assert.ok(!lacks.complete);
    assert.ok(
      lacks.text.endsWith(
        "\nIt lacks (pulumi up --stack lab puts there what the settings name):\n  sealing key first: SealedSecrets in Git\n",
      ),
    );
  });

  it("is not said to open where no secret in it was opened", () => {
    const { text, complete } = report(neededKeys(settings, { resources: [] }), { isOpened: false });
    assert.ok(!complete);
    assert.match(
      text,
      /^The state of lab holds no secret, so nothing tells whether its passphrase or key is the right one\. It lies in file:/,
    );
  });

  it("is not enough where it is empty", () => {
    assert.deepEqual(report([], { isEmpty: true, isOpened: false }), {
      text:
        "The state of lab is empty: nothing was applied yet, or this is not the state of the cluster. It lies in " +
        "file:///home/me/state\nIf there is a cluster, log in where its state lies (pulumi login), or import a copy " +
        "(docs/guides/recovery.md)\n",
      complete: false,
    });
  });

  it("is no good in the bucket of the backups", () => {
    const { text, complete } = report(neededKeys(settings, full), {
      backend: "s3://homelab-backups?region=x",
    });
    assert.ok(!complete);
    assert.match(text, /in the bucket of the backups, whose keys are in it: move it elsewhere\n$/);
  });

  it("is told to show secrets where ids of resources are secrets", () => {
    const shown = full.resources.map((resource, index) => ({ ...resource, showsSecret: index === 1 }));
    assert.deepEqual(shownSecrets(full), []);
    assert.deepEqual(shownSecrets({ ...full, resources: shown }), ["harbor-credentials-secret-key"]);
    const { text, complete } = report(neededKeys(settings, full), {
      shown: ["control-plane-encryption-key1"],
    });
    assert.ok(!complete);
    assert.ok(
      text.endsWith(
        "\nIt shows these secrets in plain, as the ids of resources (docs/guides/keys-in-old-states.md):\n  control-plane-encryption-key1\n",
      ),
    );
  });
});
