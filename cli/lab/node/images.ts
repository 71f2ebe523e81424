import { basename, join } from "node:path";
import type { ToolName } from "../../kit/toolchain/tools.js";
import { UserError } from "../../kit/userError.js";
import { iptablesOf } from "./debianFiles.js";
import type { Image } from "./image.js";

type Files = Image["files"];
type Paths = ReadonlyMap<ToolName, string>;

/** Tools that run in pods. */
export const toolsOfImages = [
  ...(["etcd", "etcdctl", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const),
  ...(["kube-proxy", "coredns"] as const),
];

/**
 * The images that kubeadm wants, of binaries that are at hand; no registry is asked.
 *
 * @param names As `kubeadm config images list` prints them.
 * @param root The node's root: kube-proxy needs Debian's iptables, and the pause image is Debian's catatonit.
 * @throws UserError for a name that nothing here is for.
 */
export async function imagesOf(names: readonly string[], paths: Paths, root: string): Promise<Image[]> {
  const inBin = (...tools: (typeof toolsOfImages)[number][]): Files =>
    Object.fromEntries(tools.map((tool) => [`/usr/local/bin/${tool}`, paths.get(tool)!]));
  const contents: Record<string, () => Promise<Omit<Image, "name">> | Omit<Image, "name">> = {
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
  };
  const images: Image[] = [];
  for (const name of names) {
    const content = contents[basename(name).replace(/:.*/, "")];
    if (!content)
      throw new UserError(`kubeadm wants the image ${name}, and the lab has nothing to make it from`);
    images.push({ name, ...(await content()) });
  }
  return images;
}
