import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";

/** An image of one layer. */
export interface Image {
  /** As pods name it, such as `registry.k8s.io/pause:3.10.2`. */
  name: string;
  /** Files of this machine by their paths in the image; links are followed. Each one can be run, and is there once. */
  files: Record<string, string>;
  entrypoint?: string[];
  /** Number of the user that it runs as, where a pod says none. Default: root. */
  user?: string;
  /** Variables of its environment, next to PATH. */
  env?: Record<string, string>;
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

/**
 * Writes images as one OCI layout (https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md), which
 * `ctr images import` takes as a tar.
 *
 * @param folder Must not exist.
 */
export async function writeLayout(folder: string, images: readonly Image[]): Promise<void> {
  const blobs = join(folder, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const manifests: Descriptor[] = [];
  for (const image of images) manifests.push(await writeImage(blobs, image));
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
}

async function writeImage(blobs: string, image: Image): Promise<Descriptor> {
  const { name, files, entrypoint, user, env = {} } = image;
  const layer = await writeLayer(blobs, files);
  const path = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].join(":");
  const config = writeJson(blobs, "application/vnd.oci.image.config.v1+json", {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: {
      Env: Object.entries({ PATH: path, ...env }).map(([key, value]) => `${key}=${value}`),
      Entrypoint: entrypoint,
      User: user,
    },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = writeJson(blobs, mediaType, { schemaVersion: 2, mediaType, config, layers: [layer] });
  return { ...manifest, annotations: { "io.containerd.image.name": name } };
}

function writeJson(blobs: string, mediaType: string, content: object): Descriptor {
  const text = JSON.stringify(content);
  const sum = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(blobs, sum), text);
  return { mediaType, digest: `sha256:${sum}`, size: Buffer.byteLength(text) };
}

async function writeLayer(blobs: string, files: Image["files"]): Promise<Descriptor> {
  const unfinished = join(blobs, "layer");
  const hash = createHash("sha256");
  let size = 0;
  const archive = pack();
  const hashed = async function* () {
    for await (const chunk of archive as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  const written = pipeline(hashed, createWriteStream(unfinished));
  for (const folder of foldersOf(Object.keys(files))) {
    archive.entry({
      name: folder.slice(1),
      type: "directory",
      mode: folder === "/tmp" ? 0o1777 : 0o755,
      mtime,
    });
  }
  const paths = new Map<string, string>();
  for (const [path, source] of Object.entries(files)) {
    const [name, linkname] = [path.slice(1), paths.get(source)];
    if (linkname !== undefined) archive.entry({ name, type: "link", linkname, mode: 0o755, mtime });
    else await add(archive, name, source);
    paths.set(source, linkname ?? name);
  }
  archive.finalize();
  await written;
  const sum = hash.digest("hex");
  renameSync(unfinished, join(blobs, sum));
  return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${sum}`, size };
}

/** The same files give the same bytes. */
const mtime = new Date(0);

async function add(archive: Pack, name: string, source: string): Promise<void> {
  const { size } = statSync(source);
  await pipeline(createReadStream(source), archive.entry({ name, size, mode: 0o755, mtime }));
}

/** Every folder that a path lies in, outer ones first, and those that programs count on. */
function foldersOf(paths: string[]): string[] {
  const folders = new Set(["/etc", "/run", "/tmp"]);
  for (const path of paths) {
    for (let folder = dirname(path); folder !== posix.sep; folder = dirname(folder)) folders.add(folder);
  }
  return [...folders].sort();
}
