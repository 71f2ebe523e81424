import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { charts } from "../../../../components/common/charts.js";
import type { Fetched } from "../../../kit/charts.js";
import { run } from "../../../kit/run.js";
import { temporaryFolder } from "../../../kit/temporaryFolder.js";
import type { Progress } from "../../../kit/progress.js";
import { tool } from "../../../kit/toolchain/tool.js";

const template = fileURLToPath(new URL("chart", import.meta.url));

/**
 * Folder with the fetched charts, and one in place of Velero's, which is in no Go module: it has the objects that
 * `velero install` makes, and takes the values that the program gives Velero's.
 */
export async function chartsWithVelero({ charts: fetched }: Fetched, progress: Progress): Promise<string> {
  const velero = await tool("velero-server", { progress });
  const printed = async (what: string) => (await run([velero, what])).stdout;
  const [definitions, objects] = await Promise.all([printed("definitions"), printed("objects")]);
  const sources = readdirSync(template, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
  const key = createHash("sha256")
    .update(JSON.stringify([fetched, definitions, objects, sources]))
    .digest("hex");
  const folder = join(dirname(fetched), `charts-of-node-${key.slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const scratch = temporaryFolder(dirname(fetched));
  try {
    const [chart, made] = [join(scratch.path, "velero"), join(scratch.path, "made")];
    cpSync(template, chart, { recursive: true });
    mkdirSync(join(chart, "crds"));
    writeFileSync(join(chart, "crds", "definitions.json"), definitions);
    writeFileSync(join(chart, "objects.json"), objects);
    mkdirSync(made);
    for (const archive of readdirSync(fetched)) linkSync(join(fetched, archive), join(made, archive));
    const archive = join(made, `velero-${charts.velero.version}.tgz`);
    await run(["tar", "--create", "--gzip", "--file", archive, "--directory", scratch.path, "velero"]);
    renameSync(made, folder);
  } finally {
    scratch.remove();
  }
  return folder;
}
