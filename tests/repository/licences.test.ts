import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import parse from "spdx-expression-parse";
import { licenceList, modules, pinOf } from "../../cli/kit/toolchain/licences.js";
import { projectFolder } from "../../cli/kit/toolchain/tool.js";

/** SPDX identifiers of permissive licences, and MPL-2.0, whose copyleft ends at the file. */
const allowed = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "MPL-2.0",
  "Python-2.0",
  "Unicode-DFS-2016",
  "Unlicense",
];

/** Dependencies that are accepted with exactly this licence, or one of these: which files count depends on what is built. */
const exceptions: Record<string, { licence: string | readonly string[]; reason: string }> = {
  "@logdna/tail-file": {
    licence: "SEE LICENSE IN LICENSE",
    reason: "The file LICENSE is the MIT licence.",
  },
  "spdx-exceptions": {
    licence: "CC-BY-3.0",
    reason: "A list of names, which the project uses and does not distribute.",
  },
  "github.com/cert-manager/cert-manager": {
    licence: ["Apache-2.0 AND UNKNOWN", "Apache-2.0 AND BSD-3-Clause AND MIT AND UNKNOWN"],
    reason: "Its file LICENSES is no licence of its own but a list of those of its dependencies.",
  },
  "github.com/DataDog/dd-trace-go/v2": {
    licence: "Apache-2.0 AND BSD-3-Clause AND UNKNOWN",
    reason: "LICENSE says that either of the two may be chosen; LICENSE-3rdparty.csv lists its dependencies.",
  },
  "github.com/DataDog/go-runtime-metrics-internal": {
    licence: "Apache-2.0 AND UNKNOWN",
    reason: "Its LICENSE-3rdparty.csv is no licence of its own but a list of its dependencies.",
  },
  "github.com/DataDog/sketches-go": {
    licence: "Apache-2.0 AND UNKNOWN",
    reason: "Its LICENSE-3rdparty.csv is no licence of its own but a list of its dependencies.",
  },
  "github.com/opencontainers/go-digest": {
    licence: "Apache-2.0 AND CC-BY-SA-4.0",
    reason: "CC-BY-SA-4.0 is for its documentation alone.",
  },
  "github.com/fluxcd/cli-utils": {
    licence: "Apache-2.0 AND UNKNOWN",
    reason: "Its files LICENSE_TEMPLATE are headers for new files, which name Apache-2.0.",
  },
  "github.com/mattn/go-localereader": {
    licence: "NONE",
    reason: "Its README.md puts it under MIT; it has no file of its own.",
  },
  "sigs.k8s.io/cli-utils": {
    licence: "Apache-2.0 AND UNKNOWN",
    reason: "Its files LICENSE_TEMPLATE are headers for new files, which name Apache-2.0.",
  },
  "github.com/alicebob/miniredis/v2": {
    licence: "BSL-1.0 AND MIT AND Unlicense",
    reason: "BSL-1.0, of a few of its files, asks for nothing where only a binary is distributed.",
  },
  ...Object.fromEntries(
    ["common", "dns"].map((part) => [
      `github.com/nrdcg/oci-go-sdk/${part}/v1065`,
      { licence: "NONE", reason: "The heads of its files say UPL-1.0 or Apache-2.0; it has no file for it." },
    ]),
  ),
  ...Object.fromEntries(
    ["tencentclouddnspod", "tencentedgdeone"].map((name) => [
      `github.com/go-acme/${name}`,
      { licence: "NONE", reason: "The heads of its files say Apache-2.0; it has no file for it." },
    ]),
  ),
  "sigs.k8s.io/mcs-api/controllers": {
    licence: "NONE",
    reason: "What is built is in tools/cilium, and this project's own.",
  },
  "github.com/sourcegraph/appdash-data": {
    licence: "NONE",
    reason: "Its README.md puts it under the licence of Appdash, which is MIT; it has no file of its own.",
  },
};

/** Whether an SPDX expression can be met with allowed licences alone. What is no SPDX expression cannot. */
function isAllowed(expression: string): boolean {
  const holds = (part: parse.Info): boolean =>
    "license" in part
      ? allowed.includes(part.license)
      : [part.left, part.right][part.conjunction === "and" ? "every" : "some"](holds);
  try {
    return holds(parse(expression));
  } catch {
    return false;
  }
}

/** The dependencies whose licence is neither allowed nor an exception. */
function refusedIn(licences: [name: string, licence: string][]): string[] {
  return licences
    .filter(([name, licence]) => !isAllowed(licence) && ![exceptions[name]?.licence].flat().includes(licence))
    .map(([name, licence]) => `${name}: ${licence}`);
}

/** Every package of the lock file: those of development, of other platforms, and nested ones too. */
function npmLicences(): [name: string, licence: string][] {
  const { packages } = JSON.parse(readFileSync(join(projectFolder, "package-lock.json"), "utf8")) as {
    packages: Record<string, { license?: string }>;
  };
  return Object.entries(packages).map(([path, { license = "NONE" }]) => [
    path.split("node_modules/").at(-1)!,
    license,
  ]);
}

const goLicences = (): [name: string, licence: string][] =>
  modules.flatMap((module) => Object.entries(licenceList(module)?.licences ?? {}));

describe("licences", () => {
  it("of npm packages are allowed", () => {
    const licences = npmLicences();
    assert.ok(licences.length > 500, `only ${licences.length} packages`);
    assert.deepEqual(refusedIn(licences), []);
  });

  for (const module of modules) {
    describe(`of the Go modules in tools/${module}`, () => {
      it("are listed for its go.mod and go.sum; if not, run: npm run licence-lists", () => {
        assert.equal(licenceList(module)?.pin, pinOf(module));
      });

      it("are allowed", () => {
        const licences = Object.entries(licenceList(module)!.licences);
        assert.ok(licences.length > 0);
        assert.deepEqual(refusedIn(licences), []);
      });
    });
  }

  it("are listed for every folder under tools/", () => {
    assert.deepEqual(readdirSync(join(projectFolder, "tools")).sort(), modules);
  });

  const judged: [expression: string, isAllowed: boolean][] = [
    ["MIT", true],
    ["(BSD-3-Clause AND Apache-2.0)", true],
    ["(MIT OR GPL-3.0-only)", true],
    ["Apache-2.0 WITH LLVM-exception", true],
    ["MIT AND GPL-3.0-only", false],
    ["AGPL-3.0-only", false],
    ["SSPL-1.0", false],
    ["BUSL-1.1", false],
    ["UNLICENSED", false],
    ["UNKNOWN", false],
    ["NONE", false],
    ["MIT AND UNKNOWN", false],
  ];
  for (const [expression, expected] of judged) {
    it(`${expected ? "accept" : "refuse"} ${expression}`, () => {
      assert.deepEqual(refusedIn([["demo", expression]]), expected ? [] : [`demo: ${expression}`]);
    });
  }

  it("accept an exception under its licence alone", () => {
    assert.deepEqual(refusedIn([["spdx-exceptions", "CC-BY-3.0"]]), []);
    assert.deepEqual(refusedIn([["spdx-exceptions", "AGPL-3.0-only"]]), ["spdx-exceptions: AGPL-3.0-only"]);
    assert.deepEqual(refusedIn([["another", "CC-BY-3.0"]]), ["another: CC-BY-3.0"]);
  });

  it("have no exception for the AGPL, the SSPL or the BUSL, and none that nothing needs", () => {
    const found = [...npmLicences(), ...goLicences()].map((entry) => entry.join(": "));
    for (const [name, { licence, reason }] of Object.entries(exceptions)) {
      assert.ok(reason.length > 0);
      for (const one of [licence].flat()) {
        assert.doesNotMatch(one, /AGPL|SSPL|BUSL/);
        assert.ok(found.includes(`${name}: ${one}`), `nothing needs the exception for ${name}: ${one}`);
      }
    }
  });
});
