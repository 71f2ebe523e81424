/** A pinned tool: where its release and its source are, and how to tell which version a binary is. */
export interface Tool {
  /** Name of the binary. */
  name: string;
  /** What messages call it. */
  title: string;
  /** Folder under tools/ whose go.mod and go.sum pin the source. */
  module: string;
  /** Go package of the command. */
  package: string;
  /** Go module whose version it has, where the command is a main of ours next to the go.mod. Default: its package's. */
  versionOf?: string;
  version: string;
  /** Values set at link time, by variable; the same for all tools of one module. */
  variables: Record<string, string>;
  /** Arguments that make it print its version. */
  versionArguments: string[];
  /** Where prebuilt versions are offered, for somebody who has no Go. */
  download: string;
  /** Release binary for Linux. Undefined: none is published, and it is always built. */
  release?: (architecture: Architecture) => Release;
  /** Version of the release binary. Default: that of the source. */
  releaseVersion?: string;
  /** Minutes that building it takes on two cores, after the tools of its module that come before it. */
  buildMinutes: number;
  /** Only a command that uses it gets it; `npm run tools` does not. Default: false. */
  onDemand?: boolean;
}

export const architectures = ["amd64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

/** This machine's; undefined where no release is for it. */
export function currentArchitecture(): Architecture | undefined {
  if (process.platform !== "linux") return undefined;
  return ({ x64: "amd64", arm64: "arm64" } as const)[process.arch as string];
}

/** A published file: the binary itself, or a tar.gz that has it. */
export interface Release {
  url: string;
  /** A text with the file's SHA-256, alone or in lines such as sha256sum writes. Undefined: none is published. */
  sums?: string;
  /** The binary's path in the archive. Undefined: the file is the binary. */
  member?: string;
}
