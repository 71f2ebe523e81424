import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Values } from "../standIn.js";

/** What is known of one version of a chart. */
export interface ChartFiles {
  archive: string;
  /** Version that the chart itself says it has, where that is not the one asked for. */
  otherVersion?: string;
  /** JSON schema of the values, if the chart has one. */
  schema?: Values;
  /** The chart's own values.yaml. */
  defaults(): Values;
}

/** Folders with chart archives, `<chart>-<version>.tgz`. */
export class Charts {
  private readonly known = new Map<string, ChartFiles | undefined>();

  constructor(private readonly folders: readonly string[]) {}

  /** @param chart Name, or the reference of an OCI artifact. */
  find(chart: string, version: string): ChartFiles | undefined {
    const name = chart.slice(chart.lastIndexOf("/") + 1);
    const key = `${name}-${version}`;
    if (!this.known.has(key)) this.known.set(key, this.read(name, key));
    return this.known.get(key);
  }

  private read(name: string, key: string): ChartFiles | undefined {
    for (const folder of this.folders) {
      const archive = join(folder, `${key}.tgz`);
      if (existsSync(archive)) {
        const read = (file: string) => fromArchive(archive, `${name}/${file}`);
        const { version } = (parse(read("Chart.yaml") ?? "{}") ?? {}) as { version?: string };
        const otherVersion = `${name}-${version}` === key ? undefined : version;
        return { archive, otherVersion, ...filesOf(read) };
      }
    }
    return undefined;
  }
}

function filesOf(read: (file: string) => string | undefined): Pick<ChartFiles, "schema" | "defaults"> {
  const schema = read("values.schema.json");
  let defaults: Values | undefined;
  return {
    schema: schema === undefined ? undefined : (JSON.parse(schema) as Values),
    defaults: () => (defaults ??= (parse(read("values.yaml") ?? "{}") ?? {}) as Values),
  };
}

function fromArchive(archive: string, member: string): string | undefined {
  try {
    return execFileSync("tar", ["-xzOf", archive, member], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    // tar ends with a status of its own where there is no such member; without tar there is no status.
    if ((error as { status?: number | null }).status === undefined) throw error;
    return undefined;
  }
}
