import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { UserError } from "../../kit/userError.js";

/**
 * Writes the bundles as archives that their owner alone can read: to `out`, or with the node's name in it where there are
 * several. All of them or none; what was there before is replaced in one step.
 *
 * @param bundles By node, in base64.
 * @returns The files, in the order of the nodes.
 * @throws UserError where {@link demandPlace} does.
 */
export function writeBundles(bundles: Record<string, string>, out: string): string[] {
  const folder = demandPlace(out);
  const nodes = Object.keys(bundles);
  const files = nodes.map((node) =>
    join(folder, nodes.length === 1 ? basename(out) : withNode(basename(out), node)),
  );
  for (const file of files) {
    demandFile(file, out);
  }
  const unfinished = files.map((file) => `${file}.${process.pid}`);
  try {
    unfinished.forEach((file, index) => {
      const descriptor = openSync(file, "wx", 0o600);
      try {
        // All of it, or an error: one write may take only a part, such as on a disk that is nearly full.
        writeFileSync(descriptor, Buffer.from(bundles[nodes[index]!]!, "base64"));
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    });
    files.forEach((file, index) => renameSync(unfinished[index]!, file));
  } finally {
    for (const file of unfinished) rmSync(file, { force: true });
  }
  return files;
}

/** @throws UserError where the folder of a file to be written is missing. */
export function folderOf(out: string): string {
  const folder = dirname(resolve(out));
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new UserError(`--out ${out}: there is no folder ${folder}`);
}

/**
 * Returns the folder that the files go to.
 *
 * @throws UserError where it is missing, or lies in the work tree of a Git repository, and where a folder has the file's name.
 */
export function demandPlace(out: string): string {
  const folder = folderOf(out);
  const tree = workTreeAround(realpathSync(folder));
  if (tree !== undefined) {
    throw new UserError(
      `--out ${out}: ${tree} is the work tree of a Git repository, and the files hold the keys that open etcd. ` +
        "Write them elsewhere, such as to ~/node-files.tar",
    );
  }
  demandFile(resolve(out), out);
  return folder;
}

/** @throws UserError if something else than a regular file would be replaced, such as a folder or a device. */
export function demandFile(file: string, out: string): void {
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw new UserError(`--out ${out}: ${file} is a folder; name a file`);
  if (there && !there.isFile())
    throw new UserError(`--out ${out}: ${file} is no regular file; name another one`);
}

/** `node-files.tar` → `node-files-a.tar` */
function withNode(file: string, node: string): string {
  const extension = extname(file);
  return `${basename(file, extension)}-${node}${extension}`;
}

/** The folder with .git, which is a file in a linked work tree, that holds this one. */
function workTreeAround(folder: string): string | undefined {
  if (existsSync(join(folder, ".git"))) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : workTreeAround(above);
}
