import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { inBase64, type Needles } from "../sealed-secrets/needles.js";

/** A piece that is shorter may stand somewhere by chance. */
const shortest = 12;

/** Searches for secrets by all forms they may have: as they are, line by line, in JSON, in base64 wherever that begins. */
export class SecretSearch {
  /** Names by form. */
  private readonly forms = new Map<string, string>();

  /** @param published What everybody may read, such as public keys, which a private key contains. Default: nothing. */
  constructor(needles: Needles, published: readonly string[] = []) {
    const known = published.map((text) => text.replaceAll("\n", "")).join("\n");
    for (const [name, needle] of Object.entries(needles)) {
      const lines = needle
        .split("\n")
        .filter((line) => line.length >= shortest && !line.startsWith("-----") && !known.includes(line));
      if (lines.length === 0) throw new Error(`${name} is too short to be searched for`);
      for (const line of lines) {
        // JSON may write the same text in two ways: Go's also escapes what HTML would take for its own.
        const json = JSON.stringify(line).slice(1, -1);
        const html = json.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
        for (const form of [line, json, html, ...inBase64(line)]) this.forms.set(form, name);
      }
    }
  }

  /** Names of the secrets in a text. */
  in(text: string): string[] {
    return unique([...this.forms].filter(([form]) => text.includes(form)).map(([, name]) => name));
  }

  /** Where below a folder they are, whatever kind of file it is: `name in file`. */
  below(folder: string): string[] {
    // Outside of the folder, or it would be found there.
    const scratch = mkdtempSync(join(tmpdir(), "secret-search-"));
    try {
      const patterns = join(scratch, "patterns");
      writeFileSync(patterns, `${[...this.forms.keys()].join("\n")}\n`, { mode: 0o600 });
      // One search for all forms at once, of bytes and not of characters.
      const args = ["-r", "-a", "-F", "-o", "-Z", "-f", patterns, folder];
      const { status, stdout, stderr, error } = spawnSync("grep", args, {
        encoding: "utf8",
        env: { PATH: process.env["PATH"], LC_ALL: "C" },
        maxBuffer: 512 * 1024 * 1024,
      });
      if (error) throw error;
      // 2 is also for a file that went away meanwhile, such as one of etcd's.
      if (status === 2 && !/^(grep: .*: No such file or directory\n)+$/.test(stderr)) throw new Error(stderr);
      const found = stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split("\0") as [file: string, form: string]);
      return unique(found.map(([file, form]) => `${this.forms.get(form)} in ${relative(folder, file)}`));
    } finally {
      rmSync(scratch, { recursive: true });
    }
  }
}

function unique(names: string[]): string[] {
  return [...new Set(names)].sort();
}
