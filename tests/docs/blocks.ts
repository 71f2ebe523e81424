import { createHash } from "node:crypto";

/** A fenced block of a document. */
export interface Block {
  /** Path of the document in the repository. */
  document: string;
  /** The heading it stands under, with a number where it is not the first one there: `Try it`, `Try it (2)`. */
  name: string;
  /** Line of the opening fence, from 1. */
  line: number;
  /** First word after the opening fence; empty if there is none. */
  language: string;
  /** The content as a reader copies it: without the indentation that a list gives it. */
  text: string;
}

/** A fence may follow the mark of a list's item, or a quotation's. */
const opening = /^(?<indent>(?:\s|>|[-*+] |\d+[.)] )*)(?<fence>`{3,}|~{3,}) *(?<language>[^\s`]*)[^`]*$/;

/** Every fenced block of a document in Markdown, those in lists too. An unclosed one reaches to the end. */
export function blocksOf(document: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split("\n");
  let heading = "";
  let below = 0;
  for (let index = 0; index < lines.length; index++) {
    const title = /^#{1,6} +(.+?)(?: +#+)?$/.exec(lines[index]!)?.[1];
    if (title !== undefined) [heading, below] = [title, 0];
    const groups = opening.exec(lines[index]!)?.groups;
    if (!groups) continue;
    const { indent, fence, language } = groups as { indent: string; fence: string; language: string };
    const line = index + 1;
    const content: string[] = [];
    for (index++; index < lines.length && !closes(lines[index]!, fence); index++) {
      content.push(`${withoutIndent(lines[index]!, indent.length)}\n`);
    }
    below++;
    const name = below === 1 ? heading : `${heading} (${below})`;
    blocks.push({ document, name, line, language, text: content.join("") });
  }
  return blocks;
}

function closes(line: string, fence: string): boolean {
  const text = line.trim();
  return text.length >= fence.length && text === fence[0]!.repeat(text.length);
}

function withoutIndent(line: string, indent: number): string {
  return line.slice(Math.min(indent, line.length - line.trimStart().length));
}

/** A few characters that change whenever the block's text does. */
export function digestOf({ text }: Pick<Block, "text">): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
