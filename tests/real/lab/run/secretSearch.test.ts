import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { SecretSearch } from "./secretSearch.js";
import { folderOfTest } from "../../../kit/folder.js";

const password = 'pa"ss<word>&more';
const lines = [
  "-----BEGIN KEY-----",
  "MIIEvQIBADANBgkqhkiG9w0BAQEF",
  "AASCBKcwggSjAgEAAoIBAQDH0123",
  "",
  "==",
  "",
];
const search = new SecretSearch({ password, key: lines.join("\n") });

/** A text that holds a secret in some form, and the secret. */
const texts: [form: string, text: string, name: string][] = [
  ["plain", `x${password}x`, "password"],
  ["in JSON", JSON.stringify({ password }), "password"],
  ["in JSON as Go writes it", '{"p":"pa\\"ss\\u003cword\\u003e\\u0026more"}', "password"],
  ["in base64", btoa(`user:${password}`), "password"],
  ["in base64, one byte further", btoa(`user1:${password}`), "password"],
  ["in base64, two bytes further", btoa(`user12:${password}`), "password"],
  ["one line of several", `key: ${lines[2]}`, "key"],
  ["several lines in base64", btoa(lines.join("\n")), "key"],
  ["several lines in JSON", JSON.stringify(lines.join("\n")), "key"],
  ["between bytes that are no text", `\0\u00ff${password}\0`, "password"],
];

describe("the search for secrets", () => {
  const folder = folderOfTest();

  for (const [form, text, name] of texts) {
    it(`finds one ${form}`, () => {
      assert.deepEqual(search.in(text), [name]);
      mkdirSync(folder("inner"));
      writeFileSync(folder("inner/file"), text, "latin1");
      assert.deepEqual(search.below(folder()), [`${name} in inner/file`]);
    });
  }

  it("finds nothing where there is nothing", () => {
    const text = `pa"ss word ${lines[0]} ${btoa("something else")}`;
    assert.deepEqual(search.in(text), []);
    writeFileSync(folder("file"), text);
    assert.deepEqual(search.below(folder()), []);
  });

  it("takes no line of a key for secret that its public key has, too", () => {
    const both = new SecretSearch({ key: lines.join("\n") }, [`${lines[1]!.slice(4)}\n${lines[2]}`]);
    assert.deepEqual(both.in(lines[2]!), []);
    assert.deepEqual(both.in(lines[1]!), ["key"]);
  });

  it("refuses what stands anywhere by chance", () => {
    assert.throws(() => new SecretSearch({ short: "12345678901" }), { message: /^short is too short/ });
  });
});
