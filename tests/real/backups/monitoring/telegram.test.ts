import assert from "node:assert/strict";
import { judge } from "./telegram.js";

describe("the judge of Telegram's messages", () => {
  const cases: [html: string, shown: string][] = [
    ["<b>a</b> &lt;b&gt; &amp; &#34;&#x27; c", "a <b> & \"' c"],
    ["a & b &nbsp; <B>c</b>", "a & b &nbsp; c"],
    [`<b>${"&lt;".repeat(4096)}</b>`, "<".repeat(4096)],
  ];
  for (const [html, shown] of cases) {
    it(`shows ${html.slice(0, 60)}`, () => assert.deepEqual(judge(html), { shown }));
  }

  const refused: [html: string, why: string][] = [
    ["<b>a", `can't parse entities: Can't find end tag corresponding to start tag "b"`],
    ["<b>a</i>", `can't parse entities: Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`],
    ["é</b>", "can't parse entities: Unexpected end tag at byte offset 2"],
    ["a <3 b>", `can't parse entities: Unsupported start tag "3" at byte offset 2`],
    ["a < b", "can't parse entities: Unclosed start tag at byte offset 2"],
    ["<b>a</", "can't parse entities: Unclosed end tag at byte offset 4"],
    ["<b> </b>\n", "message text is empty"],
    [`<b>${"a".repeat(4097)}</b>`, "message is too long"],
    ["🔴".repeat(2049), "message is too long"],
  ];
  for (const [html, why] of refused) {
    it(`refuses ${JSON.stringify(html.slice(0, 60))}: ${why}`, () => {
      assert.deepEqual(judge(html), { refused: `Bad Request: ${why}` });
    });
  }
});
