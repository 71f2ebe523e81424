import { copyFileSync, cpSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { neededKinds } from "../../../components/common/neededKinds.js";
import { run } from "../../kit/run.js";

/** Not among the modules of tools/charts: it is as large as half of them, and nothing but the lab on kind needs it. */
const argoCd = "github.com/argoproj/argo-cd/v3@v3.5.7";

/**
 * Puts the CustomResourceDefinitions that the program works with and does not install into a folder.
 *
 * @param fetched Folder with those of tools/charts.
 */
export async function collectDefinitions(folder: string, fetched: string): Promise<void> {
  cpSync(fetched, folder, { recursive: true });
  // Go checks the module against the public checksum database (https://sum.golang.org).
  const { stdout } = await run(["go", "mod", "download", "-json", argoCd], {
    // Away from every go.mod: the module is no dependency of anything.
    cwd: tmpdir(),
    env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
  });
  const { Dir } = JSON.parse(stdout) as { Dir: string };
  for (const kind of Object.keys(neededKinds.argocd.kinds)) {
    const file = join(Dir, "manifests/crds", `${kind.toLowerCase()}-crd.yaml`);
    copyFileSync(file, join(folder, basename(file)));
  }
}
