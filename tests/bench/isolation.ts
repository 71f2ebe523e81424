import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";

/** Flows of each namespace. */
const flowsEach = 10;

/**
 * Settings with many isolated namespaces, each with flows of every kind: to a neighbour, from one, to the internet by
 * name, to the API server.
 *
 * @param file The settings they are added to.
 * @returns Path of the file written.
 */
export function writeIsolationSettings(file: string, folder: string, count: number): string {
  const document = parse(readFileSync(file, "utf8")) as { config: Record<string, { flows?: unknown }> };
  const name = (index: number): string => `team-${index % count}`;
  const isolated = Array.from({ length: count }, (_, index) => name(index));
  const flows = isolated.flatMap((namespace, index) => [
    { flow: `${namespace} -> kube-apiserver`, serviceAccount: "app" },
    `${namespace} -> internet: api-${index}.example.com`,
    ...Array.from({ length: flowsEach - 2 }, (_, port) => ({
      flow: `${namespace} -> ${name(index + port + 1)}:${8000 + port}`,
      podPort: 8000 + port,
      podLabels: { app: `app-${port}` },
    })),
  ]);
  const network = { ...document.config["cluster-security:network"], isolated, flows };
  mkdirSync(folder, { recursive: true });
  const written = join(folder, `isolation-${count}.yaml`);
  writeFileSync(
    written,
    stringify(
      { config: { ...document.config, "cluster-security:network": network } },
      { schema: "yaml-1.1" },
    ),
  );
  return written;
}
