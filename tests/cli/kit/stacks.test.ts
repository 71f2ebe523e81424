import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { stackConfig, stackFile } from "../../../cli/kit/stacks.js";
import { UserError } from "../../../cli/kit/userError.js";
import { folderOfTest } from "../../kit/folder.js";

describe("a stack's file", () => {
  const folder = folderOfTest();

  const read = (text: string) => {
    writeFileSync(folder("Pulumi.home.yaml"), text);
    return stackConfig(folder(), "home");
  };
  const needle = "needle-in-the-file";
  const bomb = [..."abcdefg"].map(
    (name, index, names) =>
      `${name}: &${name} [${Array(9)
        .fill(index ? `*${names[index - 1]}` : "x")
        .join(", ")}]`,
  );

  it("may use anchors and aliases", () => {
    assert.deepEqual(read("zone: &zone example.com\nconfig: { a: *zone }"), { a: "example.com" });
  });

  it("may have what Pulumi reads as others do", () => {
    const text = `config: { a: "022", b: 10.0.0.0/8, c: 03:20, d: 0x1F, e: 0, f: 0.5, g: yes, h: 0o22, i: v1:0_b }`;
    assert.deepEqual(read(text), {
      ...{ a: "022", b: "10.0.0.0/8", c: "03:20", d: 31, e: 0, f: 0.5, g: "yes", h: 18, i: "v1:0_b" },
    });
  });

  it("is asked for by the name of the stack, not of the file", () => {
    read("config: {}");
    for (const name of ["Pulumi.home.yaml", "./Pulumi.home.yaml", "/a/b/Pulumi.home.yml"])
      assert.throws(() => stackFile(folder(), name), {
        message: `"${name}" is the file of a stack; give the stack's name, home`,
      });
    assert.throws(() => stackFile(folder(), "Pulumi.away.yaml"), {
      message: 'there is no stack "away" (Pulumi.away.yaml); there are home',
    });
  });

  const mistakes: [what: string, text: string, message: string][] = [
    [
      "an alias of nothing",
      `config:\n  a: ${needle}\n  b: *${needle}\n`,
      "line 3: text that begins with * stands for an anchor (&), and none of that name is set before it; where the text itself is meant, put it in quotes",
    ],
    [
      "an alias before its anchor",
      "config:\n  a: *late\n  b: &late 1\n",
      "line 2: text that begins with * stands for an anchor (&), and none of that name is set before it; where the text itself is meant, put it in quotes",
    ],
    [
      "a directive by which words are truth values",
      "%YAML 1.1\n---\nconfig: { a: yes }\n",
      "is said to be of YAML 1.1, by which yes and no are no text; take the line %YAML 1.1 out",
    ],
    [
      "aliases of aliases without end",
      `${bomb.join("\n")}\nconfig: { a: ${needle} }\n`,
      "its aliases stand for too many values; write out what is meant",
    ],
    [
      "a list",
      "config:\n  - a\n",
      "config: is a list. Settings are a group; take the dash in front of each one out.",
    ],
    [
      "an alias of itself",
      "config: &a\n  b: *a\n",
      "line 2: an alias stands for what it is a part of itself",
    ],
    [
      "a name that JavaScript would leave out",
      "config:\n  a: 1\n  __proto__: { b: 1 }\n",
      "line 3: __proto__ is no name of a setting",
    ],
    ["text", "config: a\n", "config: is missing. It holds the settings."],
    ["nothing", "", "config: is missing. It holds the settings."],
    [
      "two documents",
      `config: {}\n---\nconfig: { a: ${needle} }\n`,
      "is one document; take the --- in line 2 out",
    ],
    ...["022", "-07", "1_000", "0b11", "2027-06-30", "2027-06-30T00:00:00Z"].map(
      (value): [string, string, string] => [
        `${value} without quotes`,
        `config:\n  a: ${needle}\n  b: ${value}\n`,
        "line 3: without quotes, pulumi up reads this value as another one, as it does octal numbers, 1_000 and dates; put text and dates in quotes, and write a number in plain digits",
      ],
    ),
    ["a tab", `config:\n\ta: ${needle}\n`, "Tabs are not allowed as indentation at line 2, column 1"],
    ["a key twice", `config:\n  a: 1\n  a: ${needle}\n`, "Map keys must be unique at line 3, column 3"],
    [
      "text that begins like a block",
      `config:\n  a: |${needle}\n`,
      "Block scalar header includes extra characters at line 2, column 7",
    ],
    [
      "text behind the sign of a block",
      `config:\n  a: > ${needle}\n`,
      "Not a YAML token at line 2, column 8",
    ],
    [
      "text that begins like a tag",
      `config:\n  a: !b!${needle}\n`,
      "Could not resolve tag at line 2, column 6",
    ],
    ["a backslash", 'config:\n  a: "\\Uneedle-i"\n', "Invalid escape sequence at line 2, column 7"],
    ["an open quote", `config:\n  a: "${needle}\n`, 'Missing closing "quote at line 3, column 1'],
  ];
  for (const [what, text, message] of mistakes) {
    it(`with ${what} is refused in the user's words`, () => {
      assert.throws(
        () => read(text),
        (error) => {
          assert.ok(error instanceof UserError);
          assert.equal(error.message, `Pulumi.home.yaml:\n  ${message}`);
          return !error.message.includes(needle);
        },
      );
    });
  }
});
