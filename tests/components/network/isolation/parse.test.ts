import assert from "node:assert/strict";
import fc from "fast-check";
import { FlowError } from "../../../../components/network/isolation/flowError.js";
import { parseFlow } from "../../../../components/network/isolation/parse.js";

describe("a flow as it is written", () => {
  const namespace = (name: string, more: object = {}) => ({
    kind: "namespace",
    namespace: name,
    service: undefined,
    ...more,
  });
  const cases: Record<string, [unknown, unknown]> = {
    "backstage -> postgres:5432": [namespace("backstage"), namespace("postgres", { port: "5432" })],
    "traefik->harbor:https": [namespace("traefik"), namespace("harbor", { port: "https" })],
    "harbor/harbor-trivy -> harbor/harbor-core:80": [
      namespace("harbor", { service: "harbor-trivy" }),
      namespace("harbor", { service: "harbor-core", port: "80" }),
    ],
    "harbor -> internet: ghcr.io": [namespace("harbor"), { kind: "hosts", names: ["ghcr.io"], ports: [443] }],
    "a -> internet:*.example.com:8443, b.example.com:8443": [
      namespace("a"),
      { kind: "hosts", names: ["*.example.com", "b.example.com"], ports: [8443] },
    ],
    "n8n -> internet: *": [namespace("n8n"), { kind: "internet" }],
    "backstage -> kube-apiserver": [namespace("backstage"), { kind: "kube-apiserver" }],
    "a -> nodes:9100": [namespace("a"), { kind: "nodes", port: 9100 }],
    "nodes -> harbor:http": [{ kind: "nodes" }, namespace("harbor", { port: "http" })],
    "internet -> web:80": [{ kind: "internet" }, namespace("web", { port: "80" })],
    "a -> 192.168.1.5:8096": [namespace("a"), { kind: "networks", cidrs: ["192.168.1.5/32"], port: 8096 }],
    "a -> [fd00::5]:80": [namespace("a"), { kind: "networks", cidrs: ["fd00::5/128"], port: 80 }],
    "192.168.1.0/24 -> web:80": [
      { kind: "networks", cidrs: ["192.168.1.0/24"] },
      namespace("web", { port: "80" }),
    ],
  };
  for (const [text, [from, to]] of Object.entries(cases)) {
    it(text, () => assert.deepEqual(parseFlow(text), { sentence: text, from, to }));
  }

  it("means the same whatever the spaces", () => {
    const space = fc.constantFrom("", " ", "  ");
    fc.assert(
      fc.property(
        space,
        space,
        space,
        fc.constantFrom("postgres:5432", "internet: ghcr.io"),
        (a, b, c, to) => {
          const { sentence, ...ends } = parseFlow(`${a}backstage${b}->${c}${to}${a}`);
          const { sentence: plain, ...expected } = parseFlow(`backstage -> ${to}`);
          assert.deepEqual(ends, expected);
          assert.equal(sentence.replaceAll(" ", ""), plain.replaceAll(" ", ""));
        },
      ),
    );
  });

  it("is read or refused with an explanation", () => {
    const piece = fc.constantFrom(
      "a",
      "->",
      ":",
      " ",
      "/",
      "internet",
      "*",
      "1.2.3.4",
      "80",
      "ghcr.io",
      ",",
      "[",
      "x-",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 9 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (written) => {
        try {
          assert.doesNotMatch(parseFlow(written).sentence, /\n/);
        } catch (error) {
          assert.ok(error instanceof FlowError, String(error));
          assert.match(error.message, /^"/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
