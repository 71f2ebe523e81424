import { basename, join } from "node:path";
import type { ToolName } from "../../kit/toolchain/tools.js";
import { UserError } from "../../kit/userError.js";
import { run } from "../../kit/run.js";
import { iptablesOf } from "./debianFiles.js";
import type { Image } from "./image.js";

type ImageFiles = Image["files"];
type Paths = ReadonlyMap<ToolName, string>;

/** Tools that run in pods. */
export const toolsOfImages = [
  ...(["etcd", "etcdctl", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const),
  ...(["kube-proxy", "coredns", "sealed-secrets-controller"] as const),
];

/** What is in an image, by the last part of its name. */
export type ImageContents = Record<string, () => Promise<Omit<Image, "name">> | Omit<Image, "name">>;

/** Images made of binaries that are at hand, under the names by which kubeadm and charts want them; no registry is asked. */
export class NodeImages {
  private readonly contents: ImageContents;

  /**
   * @param root The node's root: kube-proxy needs programs of Debian, the pause image is Debian's catatonit, and
   *   busybox is Debian's as well.
   */
  constructor(paths: Paths, root: string) {
    const inBin = (...tools: (typeof toolsOfImages)[number][]): ImageFiles =>
      Object.fromEntries(tools.map((tool) => [`/usr/local/bin/${tool}`, paths.get(tool)!]));
    this.contents = {
      "kube-apiserver": () => ({ files: inBin("kube-apiserver") }),
      "kube-controller-manager": () => ({ files: inBin("kube-controller-manager") }),
      "kube-scheduler": () => ({ files: inBin("kube-scheduler") }),
      "kube-proxy": async () => ({ files: { ...inBin("kube-proxy"), ...(await iptablesOf(root)) } }),
      etcd: () => ({ files: inBin("etcd", "etcdctl") }),
      coredns: () => ({ files: { "/coredns": paths.get("coredns")! }, entrypoint: ["/coredns"] }),
      pause: () => ({
        files: { "/catatonit": join(root, "usr/bin/catatonit") },
        entrypoint: ["/catatonit", "-P"],
      }),
      "sealed-secrets-controller": () => ({
        files: { "/usr/local/bin/controller": paths.get("sealed-secrets-controller")! },
        entrypoint: ["controller"],
      }),
      busybox: () => busyboxOf(root),
    };
  }

  /** Lets it make further images. */
  add(contents: ImageContents): void {
    Object.assign(this.contents, contents);
  }

  /** Whether there is something to make all of them from. */
  canMake(names: readonly string[]): boolean {
    return names.every((name) => kindOf(name) in this.contents);
  }

  /** @throws UserError for a name that nothing here is for. */
  async make(names: readonly string[]): Promise<Image[]> {
    const images: Image[] = [];
    for (const name of names) {
      const content = this.contents[kindOf(name)];
      if (!content)
        throw new UserError(`the image ${name} is wanted, and the lab has nothing to make it from`);
      images.push({ name, ...(await content()) });
    }
    return images;
  }
}

/** `etcd` for `registry.k8s.io/etcd:3.6.8-0`. */
const kindOf = (name: string): string => basename(name).replace(/[:@].*/, "");

/** busybox under the names of all that it can be. */
async function busyboxOf(root: string): Promise<Omit<Image, "name">> {
  const program = join(root, "usr/bin/busybox");
  const { stdout } = await run([program, "--list"]);
  const names = ["busybox", ...stdout.trim().split("\n")];
  return { files: Object.fromEntries(names.map((name) => [`/bin/${name}`, program])) };
}
