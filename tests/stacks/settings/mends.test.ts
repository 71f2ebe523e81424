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
          problems.filter((problem) => problem.startsWith(`${key}:`)),
          [],
        );
      });
    }
  }

  it("are accepted, whatever they mend", () => {
    const keys = {
      "certificates.zone": "*.Example.NET",
      "certificates.token.expiresOn": "2027-02-28",
      "cluster.podSubnet": "10.244.7.9/16",
      "cluster.controlPlaneEndpoint": "LB.example.net:6443",
      "auditLogs.loki.url": "http://10.0.0.5:3100/",
      "cluster.kubernetesVersion": "1.36.2",
      "access.admission.registries[0]": "https://ghcr.io/owner/",
    };
    const damaged = fc
      .constantFrom(...Object.entries(keys))
      .chain(([key, value]) =>
        fc
          .tuple(
            fc.nat(value.length),
            fc.nat(3),
            fc.constantFrom("", "*", "0", ".", "/", "-", "A", "ｎ", "://", " ", "9", "/x", "?"),
          )
          .map(([at, length, put]) => [key, value.slice(0, at) + put + value.slice(at + length)] as const),
      );
    fc.assert(
      fc.property(damaged, ([key, value]) => {
        for (const line of problemsOf(rawSettings({ set: { [key]: value } }))) {
          const { key: at, mend } = offered.exec(line)?.groups ?? {};
          if (!at || !mend) continue;
          const left = problemsOf(rawSettings({ set: { [key]: value, [at]: mend } }));
          assert.ok(!left.some((problem) => problem.startsWith(`${at}:`)), `${line}\n${left.join("\n")}`);
        }
      }),
      { numRuns: 100 },
    );
  });
});
