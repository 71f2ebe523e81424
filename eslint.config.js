import js from "@eslint/js";
import pulumi from "@pulumi/eslint-plugin";
import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

/** Packages whose index loads thousands of modules. */
const wholeProviders = [
  { name: "@pulumi/oci", message: "Import the one module: @pulumi/oci/objectstorage/index.js." },
  { name: "@pulumi/cloudflare", message: "Import the one resource's module." },
  {
    name: "@pulumi/kubernetes",
    message: "Import the one API group's module: @pulumi/kubernetes/core/v1/index.js.",
  },
];

/** Files that import nothing whose relative path matches the expression, `import()` and types included. */
const arrow = (files, regex, message) => {
  const path = `Literal[value=/${regex.replaceAll("/", "\\/")}/]`;
  const selectors = [`ImportExpression > ${path}`, `TSImportType ${path}`];
  return {
    files,
    rules: {
      "no-restricted-imports": ["error", { paths: wholeProviders, patterns: [{ regex, message }] }],
      "no-restricted-syntax": ["error", ...selectors.map((selector) => ({ selector, message }))],
    },
  };
};

/** Which folders import which: components <- stacks <- cli; components <- policy <- cli; tests -> everything. */
const arrows = [
  arrow(
    ["components/**/*.ts"],
    "^(\\.\\./)+(stacks|policy|cli|tests)/",
    "components/ imports none of the other folders.",
  ),
  arrow(["stacks/**/*.ts"], "^(\\.\\./)+(policy|cli|tests)/", "stacks/ imports components/ alone."),
  arrow(
    ["stacks/settings/*.ts"],
    "^\\.\\./(?!\\.\\./components/)",
    "stacks/settings/ imports components/ and nothing else of stacks/.",
  ),
  arrow(
    ["stacks/settings/*/*.ts"],
    "^\\.\\./\\.\\./(?!\\.\\./components/)",
    "stacks/settings/ imports components/ and nothing else of stacks/.",
  ),
  arrow(["policy/**/*.ts"], "^(\\.\\./)+(stacks|cli|tests)/", "policy/ imports components/ alone."),
  arrow(["cli/**/*.ts"], "^(\\.\\./)+tests/", "cli/ imports nothing of tests/."),
];

export default tseslint.config(
  { ignores: ["eslint.config.js", "node_modules/", ".cache/", ".lab/", "tests/fixtures/"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true },
    },
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-instance-in-template-literal": "error",
      "@pulumi/no-output-in-template-literal": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      // Interfaces here declare their methods in short form; none of them uses `this`.
      "@typescript-eslint/unbound-method": "off",
      // Pulumi resources are created for their effect.
      "no-new": "off",
      "no-restricted-imports": ["error", { paths: wholeProviders }],
    },
  },
  ...arrows,
  {
    files: ["tests/**/*.ts"],
    ignores: ["tests/kit/skip.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name='skip']",
          message: "Skip with tests/kit/skip.ts, which says why at the end of npm test.",
        },
      ],
    },
  },
  {
    // Captured inputs and parsed YAML are untyped by nature.
    files: ["tests/**", "cli/lab/**", "cli/plan/**", "cli/reach/**"],
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["**/*.cjs"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      sourceType: "commonjs",
      globals: {
        Buffer: "readonly",
        console: "readonly",
        module: "writable",
        performance: "readonly",
        process: "readonly",
        require: "readonly",
        __filename: "readonly",
      },
    },
    rules: {
      "@typescript-eslint/no-require-imports": "off",
      "@pulumi/no-output-in-template-literal": "off",
      "@pulumi/no-output-instance-in-template-literal": "off",
    },
  },
  prettier,
);
