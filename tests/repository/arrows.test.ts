import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ESLint } from "eslint";

const cwd = fileURLToPath(new URL("../../", import.meta.url));

const names = ["no-restricted-imports", "no-restricted-syntax"];
const project = new ESLint({ cwd });

/** The ways in which a file imports another. */
const forms = {
  import: (path: string) => `import "${path}";`,
  "import()": (path: string) => `await import("${path}");`,
  "a type": (path: string) => `export type Imported = import("${path}").Imported;`,
};

/** Only the configuration of the rules is asked of the project: its types take seconds to load. */
async function reportsOf(filePath: string, text: string): Promise<string[]> {
  const { rules, languageOptions } = (await project.calculateConfigForFile(filePath)) as {
    rules: Record<string, unknown>;
    languageOptions: { parser: object };
  };
  const eslint = new ESLint({
    cwd,
    overrideConfigFile: true,
    overrideConfig: {
      files: ["**/*.ts"],
      languageOptions: { parser: languageOptions.parser },
      rules: Object.fromEntries(names.map((name) => [name, (rules[name] ?? "off") as never])),
    },
  });
  const [result] = await eslint.lintText(`${text}\n`, { filePath });
  return result!.messages.map(({ message }) => message);
}

const cases: [file: string, imported: string, allowed: boolean][] = [
  ["components/access/powers.ts", "../common/addon.js", true],
  ["components/access/admission/images.ts", "../../common/addon.js", true],
  ["components/access/powers.ts", "../../stacks/takeOver.js", false],
  ["components/access/admission/images.ts", "../../../cli/plan/plan.js", false],
  ["components/access/powers.ts", "../../policy/objects.js", false],
  ["components/access/powers.ts", "../../tests/kit/capture.js", false],
  ["components/access/powers.ts", "@pulumi/kubernetes", false],
  ["stacks/clusterSecurity.ts", "../components/network/cilium.js", true],
  ["stacks/clusterSecurity.ts", "./sections/network.js", true],
  ["stacks/sections/network.ts", "../../policy/objects.js", false],
  ["stacks/sections/network.ts", "../../cli/plan/plan.js", false],
  ["stacks/clusterSecurity.ts", "../tests/kit/capture.js", false],
  ["stacks/settings/rules/index.ts", "../derived/flows.js", true],
  ["stacks/settings/rules/index.ts", "../../../components/access/powers.js", true],
  ["stacks/settings/rules/index.ts", "../../livingSecrets.js", false],
  ["stacks/settings/rules/index.ts", "../../../cli/plan/plan.js", false],
  ["stacks/settings/derived/flows.ts", "../schema.js", true],
  ["stacks/settings/derived/flows.ts", "../../../components/access/powers.js", true],
  ["stacks/settings/derived/flows.ts", "../../sections/network.js", false],
  ["policy/rules/bucket.ts", "../../components/access/powers.js", true],
  ["policy/rules/bucket.ts", "../../stacks/settings/index.js", false],
  ["policy/rules/bucket.ts", "../../cli/plan/plan.js", false],
  ["cli/plan/plan.ts", "../../stacks/settings/index.js", true],
  ["cli/plan/plan.ts", "../../tests/kit/capture.js", false],
  ["cli/plan/plan.ts", "@pulumi/oci", false],
  ["tests/kit/capture.ts", "../../cli/plan/plan.js", true],
];

describe("the arrows between folders", () => {
  for (const [file, imported, allowed] of cases) {
    it(`${allowed ? "let" : "keep"} ${file} ${allowed ? "import" : "from importing"} ${imported}`, async () => {
      for (const [form, textOf] of Object.entries(forms)) {
        // Of a package the index counts, which is imported as a value.
        if (!imported.startsWith(".") && form !== "import") continue;
        assert.equal((await reportsOf(file, textOf(imported))).length, allowed ? 0 : 1, form);
      }
    });
  }
});
