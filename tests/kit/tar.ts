import { text } from "node:stream/consumers";
import { extract, type Header } from "tar-stream";

/** The members of an archive, in its order. */
export async function membersOf(archive: Buffer): Promise<{ header: Header; text: string }[]> {
  const reader = extract();
  reader.end(archive);
  const members = [];
  for await (const member of reader) members.push({ header: member.header, text: await text(member) });
  return members;
}

/** The texts of the members by name. */
export async function textsOf(archive: Buffer): Promise<Record<string, string>> {
  return Object.fromEntries((await membersOf(archive)).map(({ header, text }) => [header.name, text]));
}
