import { readdirSync } from "node:fs";
import { join } from "node:path";
import { charts } from "../../../components/common/charts.js";
import { downloadModules } from "../../kit/charts.js";
import { projectFolder } from "../../kit/toolchain/tool.js";
import type { ToolName } from "../../kit/toolchain/tools.js";
import { iptablesOf, programsOf } from "./debianFiles.js";
import type { Image } from "./image.js";
import type { ImageContents } from "./images.js";

type Files = Image["files"];

const ofAgent = [
  ...(["cilium-agent", "cilium-dbg", "cilium-cni", "cilium-health-responder"] as const),
  ...(["cilium-mount", "cilium-sysctlfix"] as const),
];

/** Tools that run in Cilium's pods. */
export const toolsOfCilium = [
  ...ofAgent,
  "cilium-operator-generic",
  "hubble-relay",
] as const satisfies readonly ToolName[];

/** What the agent, its scripts and those of the chart's init containers call. */
const programs = [
  ...[
    "bash",
    "basename",
    "cat",
    "cp",
    "dirname",
    "find",
    "grep",
    "mkdir",
    "mount",
    "mv",
    "nsenter",
    "rm",
  ].map((name) => `/usr/bin/${name}`),
  ...["/bin/bash", "/bin/sh", "/usr/bin/clang-19", "/usr/bin/ip", "/usr/sbin/ipset", "/usr/sbin/modprobe"],
];

const tag = `v${charts.cilium.version}`;

/** The names that Cilium's chart gives its images. */
export const ciliumImageNames = ["cilium", "operator-generic", "hubble-relay"].map(
  (name) => `quay.io/cilium/${name}:${tag}`,
);

/**
 * What is in them: the files of Cilium's own images
 * (https://github.com/cilium/cilium/blob/v1.20.0/images/cilium/Dockerfile) with Debian's programs.
 *
 * @param root The node's root.
 */
export function ciliumContents(paths: ReadonlyMap<ToolName, string>, root: string): ImageContents {
  const inBin = (name: ToolName): [string, string] => [`/usr/bin/${name}`, paths.get(name)!];
  const one = (name: ToolName) => () => ({ files: Object.fromEntries([inBin(name)]) });
  return {
    cilium: async () => {
      const module = await ciliumModule();
      return {
        files: {
          ...(await programsOf(root, programs)),
          ...(await iptablesOf(root)),
          "/usr/bin/clang": join(root, "usr/bin/clang-19"),
          ...Object.fromEntries(ofAgent.map(inBin)),
          "/opt/cni/bin/cilium-cni": paths.get("cilium-cni")!,
          "/init-container.sh": join(module, "images/cilium/init-container.sh"),
          "/install-plugin.sh": join(module, "plugins/cilium-cni/install-plugin.sh"),
          "/cni-uninstall.sh": join(module, "plugins/cilium-cni/cni-uninstall.sh"),
          ...datapathOf(join(module, "bpf")),
        },
      };
    },
    "operator-generic": one("cilium-operator-generic"),
    // As in its own image: nothing else of it can be written.
    "hubble-relay": () => ({ ...one("hubble-relay")(), env: { GOPS_CONFIG_DIR: "/tmp" } }),
  };
}

/** Source that the agent compiles for each node. */
function datapathOf(folder: string): Files {
  const sources = ["include", "lib"].flatMap((part) =>
    readdirSync(join(folder, part), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1)),
  );
  const own = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
  return Object.fromEntries(
    [...sources, ...own].map((path) => [`/var/lib/cilium/bpf/${path}`, join(folder, path)]),
  );
}

/** Folder of Cilium's Go module: that of the chart, which is of the same version. */
async function ciliumModule(): Promise<string> {
  const modules = await downloadModules(join(projectFolder, "tools", "charts"));
  return modules.find(({ Path }) => Path === "github.com/cilium/cilium")!.Dir;
}

/** What a node made of this machine's namespaces needs in addition to the program's own values for Cilium. */
export const ciliumAdditions = {
  cni: {
    // Where Debian's containerd looks for plugins.
    binPath: "/usr/lib/cni",
  },
  // A listener whose queue is full misses events, and nobody is told
  // (https://github.com/cilium/cilium/blob/v1.20.0/pkg/monitor/agent/listener1_2.go). The default is 1,024 for each core.
  extraConfig: { "monitor-queue-size": "65536" },
  // There is no image of Envoy: it comes from no Go module.
  envoy: { enabled: false },
  // The job of the method that the program chooses runs an image whose source not every module proxy has.
  hubble: { tls: { auto: { method: "helm" } } },
  securityContext: {
    capabilities: {
      // The chart's own without SYS_RESOURCE, which root has not got in every container, and which they do not need on
      // a kernel of the last years.
      ciliumAgent: [
        ...["CHOWN", "KILL", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "SYS_MODULE", "SYS_ADMIN"],
        ...["DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID", "SYSLOG"],
      ],
      cleanCiliumState: ["NET_ADMIN", "SYS_MODULE", "SYS_ADMIN"],
    },
  },
};
