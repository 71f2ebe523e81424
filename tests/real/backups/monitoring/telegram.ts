/** Tags of the mode HTML that take no attributes here (https://core.telegram.org/bots/api#html-style). */
const tags = new Set([
  "b",
  "strong",
  "i",
  "em",
  "u",
  "ins",
  "s",
  "strike",
  "del",
  "code",
  "pre",
  "blockquote",
]);

const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/** Most that a message may hold after its entities are parsed, in UTF-16 units (https://core.telegram.org/bots/api#sendmessage). */
export const longest = 4096;

/** What Telegram shows of a message, or the reason for which it answers 400. */
export type Verdict = { shown: string } | { refused: string };

/** Judges a message of the mode HTML as Telegram's API for bots does. */
export function judge(html: string): Verdict {
  let shown = "";
  const open: string[] = [];
  const broken = (why: string): Verdict => ({ refused: `Bad Request: can't parse entities: ${why}` });
  for (let at = 0; at < html.length;) {
    const rest = html.slice(at);
    const offset = `at byte offset ${Buffer.byteLength(html.slice(0, at))}`;
    if (rest.startsWith("&")) {
      const [whole, text] = entity(rest);
      shown += text;
      at += whole.length;
    } else if (rest.startsWith("<")) {
      const [whole, slash, tag = ""] = /^<(\/?)([^\s>]*)[^>]*>/.exec(rest) ?? [];
      if (whole === undefined) return broken(`Unclosed ${rest[1] === "/" ? "end" : "start"} tag ${offset}`);
      if (slash === "") {
        if (!tags.has(tag.toLowerCase())) return broken(`Unsupported start tag "${tag}" ${offset}`);
        open.push(tag.toLowerCase());
      } else {
        const last = open.pop();
        if (last === undefined) return broken(`Unexpected end tag ${offset}`);
        if (tag !== "" && tag.toLowerCase() !== last) {
          return broken(`Unmatched end tag ${offset}, expected "</${last}>", found "</${tag}>"`);
        }
      }
      at += whole.length;
    } else {
      const [text] = /^[^<&]+/.exec(rest)!;
      shown += text;
      at += text.length;
    }
  }
  if (open.length > 0) return broken(`Can't find end tag corresponding to start tag "${open.at(-1)}"`);
  if (shown.trim() === "") return { refused: "Bad Request: message text is empty" };
  if (shown.length > longest) return { refused: "Bad Request: message is too long" };
  return { shown };
}

/** An entity at the start of a text, and what it stands for: one that is not known stands for itself. */
function entity(rest: string): [whole: string, text: string] {
  const [whole, code, hex, name] = /^&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));?/i.exec(rest) ?? ["&"];
  const point = code ? Number(code) : hex ? parseInt(hex, 16) : undefined;
  if (point !== undefined && point > 0 && point <= 0x10ffff) return [whole, String.fromCodePoint(point)];
  return [whole, (name && named[name]) ?? whole];
}
