import assert from "node:assert/strict";
import fc from "fast-check";
import { judged } from "../../../stacks/settings/judged.js";
import { parseSettings } from "../../../stacks/settings/index.js";
import { mended } from "../../../stacks/settings/mends.js";
import { describeProblem as lineOf, keyOf } from "../../../stacks/settings/problems.js";
import type { Problem } from "../../../stacks/settings/rules/index.js";
import { fixtures, rawSettings, valueAt } from "./fixtures.js";

describe("mends of settings", () => {
  const noted = /^(?<key>[\w.[\]]+) .*; did you mean (?<mend>.+)\?$/;
  const problemsIn = (raw: unknown) => judged(raw, "test", "sealed").problems;
  const isOneChange = ({ mend }: Problem) => mend !== undefined && !("choice" in mend);
  // Where an entry of a list is taken out, those behind it move up.
  const wordsOf = (problem: Problem) => lineOf({ ...problem, mend: undefined }).replace(/\[\d+\]/g, "[]");

  const kinds: (string | undefined)[] = [];
  for (const fixture of fixtures("rejected")) {
    it(`are a change that is accepted and brings no other problem, or a choice: ${fixture.name}`, () => {
      const raw = rawSettings(fixture);
      const before = problemsIn(raw);
      for (const problem of before) {
        kinds.push(Object.keys(problem.mend ?? {})[0]);
        // What else is told what to do could not be tried.
        assert.doesNotMatch(
          problem.message,
          /[;.] (add|did you mean|give|leave|name|pin|put|set|take|write) /i,
        );
        if (!isOneChange(problem)) continue;
        const others = before.filter((other) => other !== problem).map(wordsOf);
        const left = problemsIn(mended(raw, problem)).map(wordsOf);
        assert.deepEqual(
          left.filter((words) => !others.includes(words)),
          [],
          lineOf(problem),
        );
      }
    });
  }

  it("are offered in many a fixture", () => {
    const counts = { replace: 25, rename: 4, remove: 15, choice: 70 };
    for (const [kind, least] of Object.entries(counts))
      assert.ok(kinds.filter((one) => one === kind).length >= least, kind);
  });

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
    const shop = { "network.isolated": ["shop"] };
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
      ["access.admission.registries[0]", "https://ghcr.io/owner/", { "access.admission.registries": [] }],
      ["network.flows[0]", "shop -> internet: https://GHCR.io/v2", { ...shop, "network.flows": [] }],
      ["network.flows[0]", "shop -> harbor/harbor-cor:htps", { ...shop, "network.flows": [] }],
      ["cluster.certSANs[0]", "*.API.example.com.", { "cluster.certSANs": [] }],
      ["backups.jobs.host.paths[0]", "/srv/./x/../data/", { "backups.jobs.host.paths": [] }],
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
        const raw = rawSettings({ set });
        for (const problem of problemsIn(raw)) {
          if (isOneChange(problem) && keyOf(problem.path) === key)
            assert.deepEqual(problemsIn(mended(raw, problem)), [], lineOf(problem));
        }
      }),
      { numRuns: 300 },
    );
  });
});

function partsOf(key: string): string[] {
  return key.split(/[.[\]]+/).filter(Boolean);
}

/** Sets a value. */
function put(raw: Record<string, unknown>, key: string, value: unknown): void {
  const parts = partsOf(key);
  const last = parts.pop()!;
  const node = valueAt(raw, parts.join(".")) as Record<string, unknown>;
  node[last] = value;
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
