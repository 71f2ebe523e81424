import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "../../kit/run.js";
import type { ToolName } from "../../kit/toolchain/tools.js";
import { UserError } from "../../kit/userError.js";
import type { Image } from "./image.js";

type Files = Image["files"];
type Paths = ReadonlyMap<ToolName, string>;

/** Tools that run in pods. */
export const toolsOfImages = [
  ...(["etcd", "etcdctl", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const),
  ...(["kube-proxy", "coredns", "sealed-secrets-controller"] as const),
];

/** Images made of binaries that are at hand, under the names by which kubeadm and charts want them; no registry is asked. */
export class NodeImages {
  private readonly contents: Record<string, () => Promise<Omit<Image, "name">> | Omit<Image, "name">>;

  /** @param root The node's root: kube-proxy needs Debian's iptables, and the pause image is Debian's catatonit. */
  constructor(paths: Paths, root: string) {
    const inBin = (...tools: (typeof toolsOfImages)[number][]): Files =>
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
    };
  }

  /** @param contents By the last part of the images' names. */
  add(contents: Record<string, Omit<Image, "name">>): void {
    for (const [kind, content] of Object.entries(contents)) this.contents[kind] = () => content;
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

/** Debian's iptables with its extensions and libraries, at their paths. kube-proxy calls it by six names. */
async function iptablesOf(root: string): Promise<Files> {
  const program = "/usr/sbin/xtables-nft-multi";
  const names = ["iptables", "ip6tables"].flatMap((name) =>
    ["", "-save", "-restore"].map((rest) => `/usr/sbin/${name}${rest}`),
  );
  const folder = `/usr/lib/${readdirSync(join(root, "usr/lib")).find((name) => name.endsWith("-linux-gnu"))!}/xtables`;
  const extensions = readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
  const { stdout } = await run(["chroot", root, "ldd", program, ...extensions]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  return {
    ...Object.fromEntries(names.map((name) => [name, join(root, program)])),
    ...Object.fromEntries([...libraries, ...extensions].map((path) => [path, join(root, path)])),
  };
}
