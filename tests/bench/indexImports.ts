import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";

/** Where each provider's single modules hang in its index. */
const packages: Record<string, string> = {
  kubernetes: "k8s",
  oci: "oci",
  cloudflare: "cloudflare",
  random: "random",
  tls: "tls",
  command: "command",
};

/**
 * Writes a copy of the program that imports every provider by its index and is CommonJS: the way most Pulumi programs
 * are written, and what ts-node then has to load and check.
 *
 * @returns The copy's stacks folder.
 */
export function writeIndexImportCopy(root: string, target: string): string {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const folder of ["components", "stacks"]) {
    cpSync(join(root, folder), join(target, folder), { recursive: true });
  }
  for (const file of readdirSync(target, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  )) {
    const path = join(target, file);
    if (file === "stacks/index.ts") rmSync(path);
    else writeFileSync(path, withIndexImports(readFileSync(path, "utf8")));
  }
  symlinkSync(join(root, "node_modules"), join(target, "node_modules"));
  writeFileSync(join(target, "package.json"), JSON.stringify({ type: "commonjs" }));
  const compilerOptions = {
    target: "es2022",
    // Resolves packages as Node does: some have no file where the older resolution looks.
    module: "node16",
    strict: true,
    esModuleInterop: true,
    skipLibCheck: true,
    types: ["node"],
  };
  writeFileSync(
    join(target, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["components", "stacks"] }),
  );
  return join(target, "stacks");
}

/** `import { Secret } from "@pulumi/kubernetes/core/v1/secret.js"` becomes an alias of `k8s.core.v1.Secret`. */
function withIndexImports(source: string): string {
  const used = new Map<string, string>();
  const body = source
    .replace(
      /import (?:type )?\{([^}]+)\} from "@pulumi\/(\w+)\/([\w/]+)\.js";/g,
      (whole, names: string, provider: string, module: string) => {
        const alias = packages[provider];
        if (!alias) return whole;
        used.set(provider, alias);
        // Single modules hold one member of their folder's index; those of types are members themselves.
        const path = module.startsWith("types/") ? module : posix.dirname(module);
        const namespace = [alias, ...path.split("/").filter((part) => part !== ".")].join(".");
        return names
          .split(",")
          .map((name) => name.trim())
          .filter(Boolean)
          .map((name) => {
            const [exported, local = exported] = name.replace(/^type /, "").split(/ as /);
            return `import ${local} = ${namespace}.${exported};`;
          })
          .join("\n");
      },
    )
    .replace(/(from "\.{1,2}\/[^"]+)\.js"/g, '$1"')
    .replaceAll("import.meta.url", "`file://${__filename}`");
  return (
    [...used].map(([provider, alias]) => `import * as ${alias} from "@pulumi/${provider}";\n`).join("") + body
  );
}
