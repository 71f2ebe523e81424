import assert from "node:assert/strict";
import { Parser } from "yaml";
import { holdsCredentials } from "../../../cli/verify/checks/access/kubeconfigText.js";

describe("kubeconfigs in text", () => {
  const yaml = "apiVersion: v1\nkind: Config\nusers:\n  - user:\n      token: needle\n";
  const json = JSON.stringify({ kind: "Config", users: [{ user: { token: "needle" } }] });
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  const large: [name: string, word: string][] = [
    ["base64", base64("needle of a dashboard, on and on")],
    ["base64 of base64", base64(base64("needle of a dashboard"))],
    ["base64 on lines", `${"A".repeat(64)}\n`],
    ["words that are nearly long enough", `${"A".repeat(39)} `],
    ["spaces", " "],
    ["backslashes", "\\"],
    ["breaks in quotes", "\\n"],
    ["names of keys", "users "],
  ];
  for (const [name, word] of large) {
    it(`are found behind a megabyte of ${name}`, () => {
      const text = word.repeat(2 ** 20 / word.length);
      assert(!holdsCredentials(text));
      assert(holdsCredentials(`${text}\n---\n${yaml}`));
    });
  }

  for (const width of [8, 32, 39, 76]) {
    it(`are found in base64 on lines of ${width} among other lines`, () => {
      const cut = (text: string) => base64(text).replaceAll(new RegExp(`.{${width}}`, "g"), "$&\n");
      const lines = cut(yaml);
      assert(holdsCredentials(`#!/bin/sh\nbase64 -d > config <<END\n${lines}\nEND\necho done\n`));
      assert(holdsCredentials(`data:\n  config: |\n${lines.replaceAll(/^/gm, "    ")}\n  other: x\n`));
      assert(!holdsCredentials(cut(yaml.replace("token", "name"))));
    });
  }

  const dashboard = JSON.stringify({ kind: "dashboard", panels: [{ fieldConfig: { users: [] } }] });
  const readings: [name: string, text: string, times: number][] = [
    ["for a kubeconfig in YAML", yaml, 1],
    ["not for one in JSON", json, 0],
    ["for what only begins like JSON", '{ kind: Config, users: [{ user: { token: "needle" } }] }', 1],
    ["not for a dashboard", dashboard, 0],
    ["not for a kubeconfig without users", "apiVersion: v1\nkind: Config\n", 0],
    ["not for other kinds", "kind: ConfigMap\ndata: { users: KubeletConfig }\n", 0],
  ];
  for (const [name, text, times] of readings) {
    it(`are read as YAML, which is slow, ${name}`, () => {
      const original = Object.getOwnPropertyDescriptor(Parser.prototype, "parse")!;
      let count = 0;
      const counting = function* (this: Parser, ...given: Parameters<Parser["parse"]>) {
        count++;
        yield* (original.value as Parser["parse"]).apply(this, given);
      };
      Object.defineProperty(Parser.prototype, "parse", { ...original, value: counting });
      try {
        holdsCredentials(text);
      } finally {
        Object.defineProperty(Parser.prototype, "parse", original);
      }
      assert.equal(count, times);
    });
  }
});
