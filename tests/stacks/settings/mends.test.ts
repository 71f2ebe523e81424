import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSettings } from "../../../stacks/settings/index.js";
import { fixtures, problemsOf, rawSettings, valueAt } from "./fixtures.js";

describe("mends of settings", () => {
  const offered = /^(?<key>\S+): .*; did you mean (?<mend>.+)\?$/;
  const renamed = /^(?<key>\S+): unknown setting; did you mean (?<mend>.+?)\?; allowed here: /;
  const noted = /^(?<key>[\w.[\]]+) .*; did you mean (?<mend>.+)\?$/;

  let tried = 0;
  for (const fixture of fixtures("rejected")) {
    for (const line of fixture.message!.split("\n")) {
      const rename = renamed.exec(line)?.groups;
      const { key, mend } = rename ?? offered.exec(line)?.groups ?? {};
      if (!key || !mend) continue;
      tried++;
      it(`are accepted, and bring no other problem: ${fixture.name}, ${key}`, () => {
        const raw = rawSettings(fixture);
        const before = problemsOf(raw);
        put(raw, rename ? siblingOf(key, mend) : key, rename ? valueAt(raw, key) : mend);
        if (rename) put(raw, key, undefined);
        const problems = problemsOf(raw);
        assert.ok(!problems.includes(line), line);
        // Another mistake in the same list of names is told once more, without the name that is taken now.
        const known = (problem: string) => before.includes(problem) || renamed.test(problem);
        assert.deepEqual(
          problems.filter((problem) => !known(problem)),
          [],
        );
      });
    }
  }

  it("are offered in many a fixture", () => assert.ok(tried > 20, `${tried}`));

  for (const fixture of [...fixtures("noted"), ...fixtures("accepted")]) {
    for (const note of fixture.notes ?? []) {
      const { key, mend } = noted.exec(note)?.groups ?? {};
      if (!key || !mend) continue;
      it(`end a note, and bring neither a problem nor another note: ${fixture.name}`, () => {
        const raw = rawSettings(fixture);
        // The words of the note that are a value there are what was misspelt.
        const misspelt = note.split(/[ ,;]+/).filter((word) => putInPlace(raw, key, word, mend));
        assert.equal(misspelt.length, 1, note);
        const left = parseSettings(raw, "test").notes;
        assert.ok(!left.includes(note));
        assert.deepEqual(
          left.filter((one) => !fixture.notes!.includes(one)),
          [],
        );
      });
    }
  }

  it("are accepted, whatever they mend", () => {
    const loki = { "auditLogs.enabled": true };
    const bases: [key: string, value: string, others?: Record<string, unknown>][] = [
      ["certificates.zone", "*.Example.NET"],
      ["certificates.zone", "*.Home.LAN"],
      ["certificates.token.expiresOn", "2027-02-28"],
      ["cluster.podSubnet", "10.244.7.9/16"],
      ["cluster.podSubnet", "10.96.7.9/16"],
      ["cluster.controlPlaneEndpoint", "LB.example.net:6443"],
      ["cluster.controlPlaneEndpoint", "LOCALHOST:6443"],
      ["cluster.controlPlaneEndpoint", "Kubernetes.default.svc:6443"],
      ["registry.hostname", "Harbor.example.com", { "certificates.zone": "example.com" }],
      ["gateway.hosts[0].name", "https://Shop.example.com/", { "gateway.hosts": [{ namespace: "shop" }] }],
      ["auditLogs.loki.url", "http://10.0.0.5:3100/", loki],
      ["auditLogs.loki.url", "http://loki.other:3100/x", loki],
      ["auditLogs.loki.url", "http://10.96.0.7:3100/x", loki],
      ["cluster.kubernetesVersion", "1.36.2"],
      ["access.admission.registries[0]", "https://ghcr.io/owner/"],
    ];
    const damaged = fc.constantFrom(...bases).chain(([key, value, others = {}]) =>
      fc
        .tuple(
          fc.nat(value.length),
          fc.nat(3),
          fc.constantFrom("", "*", "0", ".", "/", "-", "A", "ｎ", "://", " ", "9", "/x", "?"),
        )
        .map(([at, length, put]) => ({
          key,
          set: { ...others, [key]: value.slice(0, at) + put + value.slice(at + length) },
        })),
    );
    fc.assert(
      fc.property(damaged, ({ key, set }) => {
        for (const line of problemsOf(rawSettings({ set }))) {
          const { key: at, mend } = offered.exec(line)?.groups ?? {};
          if (at === key)
            assert.deepEqual(problemsOf(rawSettings({ set: { ...set, [at]: mend } })), [], line);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function partsOf(key: string): string[] {
  return key.split(/[.[\]]+/).filter(Boolean);
}

/** The key next to another one. */
function siblingOf(key: string, name: string): string {
  return [...partsOf(key).slice(0, -1), name].join(".");
}

/** Sets a value; undefined takes it out. */
function put(raw: Record<string, unknown>, key: string, value: unknown): void {
  const parts = partsOf(key);
  const last = parts.pop()!;
  const node = valueAt(raw, parts.join(".")) as Record<string, unknown>;
  if (value === undefined) delete node[last];
  else node[last] = value;
}

/** Puts a mend in the place of a text at the key or below it. Returns whether the text was there. */
function putInPlace(raw: Record<string, unknown>, key: string, text: string, mend: string): boolean {
  const value = valueAt(raw, key);
  if (typeof value !== "object" || value === null) {
    if (value !== text) return false;
    put(raw, key, mend);
    return true;
  }
  return Object.keys(value).some((name) => putInPlace(raw, `${key}.${name}`, text, mend));
}
