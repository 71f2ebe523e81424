import assert from "node:assert/strict";
import { blocksOf, digestOf } from "./blocks.js";
import { Claims } from "./claims.js";

const markdown = `# A page

\`\`\`sh
one
  two
\`\`\`

1. An item

   ~~~~yaml title="x"
   # Not a heading
   ~~~
     a: 1
   ~~~~

   - \`\`\`sh
     three \\

       four
     \`\`\`

Text with \`code\` and \`\`\`more code\`\`\`.

## Below ##

\`\`\`\`\`
\`\`\`sh
\`\`\`
\`\`\`\`\`

## Last

\`\`\` sh
never closed
`;

describe("blocks of a document", () => {
  const blocks = blocksOf("page.md", markdown);

  it("are found wherever they stand, as a reader copies them", () => {
    assert.deepEqual(
      blocks.map(({ document: _, ...block }) => block),
      [
        { name: "A page", line: 3, language: "sh", text: "one\n  two\n" },
        { name: "A page (2)", line: 10, language: "yaml", text: "# Not a heading\n~~~\n  a: 1\n" },
        { name: "A page (3)", line: 16, language: "sh", text: "three \\\n\n  four\n" },
        { name: "Below", line: 26, language: "", text: "```sh\n```\n" },
        { name: "Last", line: 33, language: "sh", text: "never closed\n\n" },
      ],
    );
  });

  it("are claimed once, as they were when the test was written", () => {
    const [first, , third] = blocks;
    const claims = new Claims([first!, third!]);
    assert.equal(claims.claim("page.md", "A page", digestOf(first!)), first);
    assert.throws(() => claims.claim("page.md", "A page", digestOf(first!)), {
      message: 'page.md:3, "A page": two tests claim it',
    });
    assert.deepEqual(claims.unclaimed(), ['page.md:16, "A page (3)": no test runs\nthree \\\n\n  four\n']);
    assert.throws(() => claims.claim("page.md", "Gone", "01234567"), {
      message: 'page.md has no commands under "Gone"; it has some under: A page, A page (3)',
    });
    assert.throws(() => claims.claim("page.md", "A page (3)", digestOf(first!)), {
      message: new RegExp(`the commands changed\\..* claim them as ${digestOf(third!)}:\nthree`),
    });
    assert.deepEqual(claims.unclaimed(), []);
  });
});
