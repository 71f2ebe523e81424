import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A provider package, and the version of the plugin that its SDK asks the engine for. */
export interface Package {
  name: string;
  version: string;
}

const require = createRequire(import.meta.url);

/** The installed version of a package, such as kubernetes. */
export function packageOf(name: string): Package {
  const manifest = JSON.parse(readFileSync(require.resolve(`@pulumi/${name}/package.json`), "utf8")) as {
    pulumi: { version: string };
  };
  return { name, version: manifest.pulumi.version };
}
