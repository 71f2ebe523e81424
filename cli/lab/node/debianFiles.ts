import { readdirSync } from "node:fs";
import { join, normalize } from "node:path";
import { run } from "../../kit/run.js";
import type { Image } from "./image.js";

type Files = Image["files"];

/**
 * Programs of a Debian root with the libraries that they load, at their paths.
 *
 * @param programs Paths in the root. A link is followed, and must not be an absolute one.
 */
export async function programsOf(root: string, programs: readonly string[]): Promise<Files> {
  const { stdout } = await run(["chroot", root, "ldd", ...programs]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => normalize(path!));
  return Object.fromEntries([...programs, ...libraries].map((path) => [path, join(root, path)]));
}

/** Debian's iptables with its extensions and libraries. It is called by six names. */
export async function iptablesOf(root: string): Promise<Files> {
  const program = "/usr/sbin/xtables-nft-multi";
  const names = ["iptables", "ip6tables"].flatMap((name) =>
    ["", "-save", "-restore"].map((rest) => `/usr/sbin/${name}${rest}`),
  );
  const folder = readdirSync(join(root, "usr/lib")).find((name) => name.endsWith("-linux-gnu"))!;
  const extensions = readdirSync(join(root, "usr/lib", folder, "xtables")).map(
    (name) => `/usr/lib/${folder}/xtables/${name}`,
  );
  return {
    // One of the extensions needs a library that the program itself does not.
    ...(await programsOf(root, [program, ...extensions])),
    ...Object.fromEntries(names.map((name) => [name, join(root, program)])),
  };
}

/**
 * The files of a folder of a Debian root, at their paths.
 *
 * @param wanted Takes a file by its path in the folder. Default: each one.
 */
export function filesBelow(
  root: string,
  folder: string,
  wanted: (path: string) => boolean = () => true,
): Files {
  const paths = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(root, folder).length + 1))
    .filter(wanted);
  return Object.fromEntries(paths.map((path) => [`${folder}/${path}`, join(root, folder, path)]));
}
