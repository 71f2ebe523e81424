import { posix } from "node:path";
import type { z } from "zod";
import { didYouMean } from "../../../components/common/mend.js";
import { isHostOrAddress } from "./names.js";
import { portProblem } from "./networks.js";
import { queryFault, text } from "./text.js";

/** Folders that hold no files of their own: the kernel makes what is in them. */
const kernelFolders = ["/proc", "/sys", "/dev", "/run", "/var/run", "/var/lock"];

/** A path that begins at the root, without what a shell or an environment file would take for more than a name. */
export function absolutePath(description: string): z.ZodString {
  return text(description, (value) => {
    if (!value.startsWith("/")) return `"${value}" is not an absolute path such as /etc`;
    const mend = didYouMean(posix.normalize(value).replace(/\/$/, ""));
    if (!/^(\/[A-Za-z0-9._ @+-]+)+$/.test(value))
      return {
        message: `"${value}" is not a plain path (letters, digits, ., _, @, +, - and spaces, no / at the end)`,
        mend,
      };
    if (value.split("/").some((part) => part !== part.trim()))
      return `"${value}" has a space at the end or the beginning of a name`;
    return hasDots(value) ? { message: `"${value}" leads to another folder than it seems`, mend } : undefined;
  }).meta({ examples: ["/etc"] });
}

/** A folder that can be backed up. */
export function backupFolder(description: string): z.ZodString {
  return absolutePath(description)
    .superRefine((value, context) => {
      const found = kernelFolders.find((folder) => value === folder || value.startsWith(`${folder}/`));
      if (found)
        context.addIssue({
          code: "custom",
          message: `${value} lies in ${found}, which the kernel makes; it holds no files to back up`,
        });
    })
    .meta({ description, examples: ["/etc"] });
}

/** A folder in a repository. */
export function relativePath(description: string, example: string): z.ZodString {
  return text(description, (value) =>
    /^[^\\/\s*?]([^\\\p{Cc}*?]*[^\\\s*?])?$/u.test(value) &&
    !value.includes("//") &&
    (value === "." || !hasDots(value))
      ? undefined
      : {
          message: `"${value}" is not a folder in the repository such as ${example}`,
          mend: didYouMean(posix.normalize(value)),
        },
  ).meta({ examples: [example] });
}

const hasDots = (path: string): boolean => path.split("/").some((part) => part === "." || part === "..");

/** The address of an HTTP server without credentials, query or a slash at its end. */
export function httpUrl(description: string): z.ZodString {
  return text(description, (value) => {
    if (value.includes("@"))
      return "an address with a user or a password would be readable in the stack's file";
    const query = queryFault(value);
    if (query) return query;
    const match = /^https?:\/\/([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(?::(\d+))?((?:\/[A-Za-z0-9._-]+)*)$/.exec(
      value,
    );
    if (!match || hasDots(match[3] ?? ""))
      return {
        message: `"${value}" is not an address such as http://10.96.0.50:9091`,
        mend: didYouMean(value.replace(/\/+$/, "")),
      };
    if (!isHostOrAddress(match[1]!.toLowerCase().replace(/^\[(.*)\]$/, "$1")))
      return `"${match[1]}" is neither a host name nor an IP address`;
    const problem = match[2] === undefined ? undefined : portProblem(match[2]);
    // A name that begins with xn-- may stand for none.
    return problem ?? (URL.canParse(value) ? undefined : `"${match[1]}" is no host name`);
  }).meta({ examples: ["http://10.96.0.50:9091"] });
}
