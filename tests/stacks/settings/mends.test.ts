import assert from "node:assert/strict";
import fc from "fast-check";
import { fixtures, problemsOf, rawSettings } from "./fixtures.js";

describe("mends of settings", () => {
  const offered = /^(?<key>\S+): .*; did you mean (?<mend>.+)\?$/;
  for (const fixture of fixtures("rejected")) {
    for (const line of fixture.message!.split("\n")) {
      const { key, mend } = offered.exec(line)?.groups ?? {};
      // The name of a key is no value; the key that is meant is for the reader of the list behind it.
      if (!key || !mend || line.includes("unknown setting")) continue;
      it(`accepts the one it offers for ${fixture.name}`, () => {
        const problems = problemsOf(rawSettings({ ...fixture, set: { ...fixture.set, [key]: mend } }));
        assert.deepEqual(
          problems.filter((problem) => concerns(problem, key)),
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

/** Whether a problem is one of the setting, of a group it is in, or of a part of it. */
function concerns(problem: string, key: string): boolean {
  const at = problem.slice(0, problem.indexOf(": "));
  const isIn = (one: string, other: string) =>
    one.startsWith(other) && /^($|[.[])/.test(one.slice(other.length));
  return isIn(at, key) || isIn(key, at);
}
