/** Options that no command takes, and what the error says. */
export const wrongValues: [args: string[], message: string][] = [
  [
    ["plan", "--crds", "/nowhere"],
    "option '--crds <folder>' argument '/nowhere' is invalid. There is no such folder.",
  ],
  [
    ["plan", "--charts", "/"],
    "option '--charts <folder>' argument '/' is invalid. No chart archive is in it, <chart>-<version>.tgz.",
  ],
  [
    ["reach", "--format", "png"],
    "option '--format <name>' argument 'png' is invalid. Allowed choices are table, mermaid, svg, json.",
  ],
  [
    ["start", "--providers", "none"],
    "option '--providers <mode>' argument 'none' is invalid. Allowed choices are auto, official, stand-in.",
  ],
  [
    ["start", "--cluster", "real"],
    "option '--cluster <kind>' argument 'real' is invalid. Allowed choices are simulated, node, kind.",
  ],
  [
    ["start", "--cluster", "node", "--providers", "official"],
    "--providers official: not with --cluster node, whose pods can have no images but its own",
  ],
  [["start", "--nodes", "3"], "--nodes is for --cluster node; the other clusters have one node"],
  [
    ["start", "--cluster", "node", "--nodes", "0"],
    "option '--nodes <number>' argument '0' is invalid. It is a whole number from 1.",
  ],
  [["start", "--sudo"], "--sudo is for --cluster kind; the others verify as the user who starts them"],
  [
    ["start", "--cluster", "kind", "--keep", "--name", "mine", "--providers", "stand-in"],
    "--keep, --name, --providers: not with --cluster kind, which has one cluster",
  ],
  [
    ["start", "--name", "../x"],
    "option '--name <name>' argument '../x' is invalid. A name consists of a-z, 0-9 and -, at most 41 of them.",
  ],
  [
    ["bench", "--rounds", "0"],
    "option '--rounds <number>' argument '0' is invalid. It is a whole number from 1.",
  ],
  [["verify", "--recorded", "traefik"], '--recorded: "traefik" is none of the charts sealed-secrets, '],
  [["import-file"], "Say what is there: --kubeconfig, or --release for each, or --bucket-namespace"],
  [["import-file", "--context", "a", "--release", "a/b"], "--context is of a kubeconfig; give --kubeconfig"],
  [
    ["import-file", "--kubeconfig", "a", "--release", "a/b"],
    "option '--release <namespace/name>' cannot be used with option '--kubeconfig <file>'",
  ],
];
