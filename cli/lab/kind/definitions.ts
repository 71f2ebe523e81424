import { copyFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { run } from "../../kit/run.js";
import { neededKinds } from "../../../components/common/neededKinds.js";

/**
 * CustomResourceDefinitions of add-ons that the program works with and does not install. They come out of the projects' Go
 * modules, because Go checks every module against the public checksum database (https://sum.golang.org).
 */
export const sources = [
  {
    module: "sigs.k8s.io/gateway-api@v1.6.1",
    files: Object.values(neededKinds.gateway.kinds).map(
      (kind) => `config/crd/standard/gateway.networking.k8s.io_${kind}.yaml`,
    ),
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator@v0.93.0",
    files: Object.values({ ...neededKinds.monitoring.kinds, ...neededKinds.receivers.kinds }).map(
      (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
    ),
  },
  {
    module: "github.com/argoproj/argo-cd/v3@v3.5.7",
    files: Object.keys(neededKinds.argocd.kinds).map(
      (kind) => `manifests/crds/${kind.toLowerCase()}-crd.yaml`,
    ),
  },
];

/** Puts the definitions into a folder. */
export async function fetchDefinitions(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const { module, files } of sources) {
    const { stdout } = await run(["go", "mod", "download", "-json", module], {
      // Away from every go.mod: the modules are no dependencies of anything.
      cwd: tmpdir(),
      env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
    });
    const { Dir } = JSON.parse(stdout) as { Dir: string };
    for (const file of files) copyFileSync(join(Dir, file), join(folder, basename(file)));
  }
}
