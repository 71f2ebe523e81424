import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import semver from "semver";

const read = (path: string): any =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));
const own = read("package.json");

describe("packages", () => {
  const providers = Object.keys(own.dependencies).filter(
    (name) => name.startsWith("@pulumi/") && !["@pulumi/pulumi", "@pulumi/policy"].includes(name),
  );

  for (const name of providers) {
    it(`${name} names a plugin of its own version, pinned exactly`, () => {
      const { version, pulumi } = read(`node_modules/${name}/package.json`);
      assert.deepEqual(pulumi, { resource: true, name: name.replace("@pulumi/", ""), version });
      assert.equal(own.dependencies[name], version);
    });
  }

  it("are the providers the stack needs", () => {
    assert.deepEqual(providers.sort(), [
      "@pulumi/cloudflare",
      "@pulumi/command",
      "@pulumi/kubernetes",
      "@pulumi/oci",
      "@pulumi/random",
      "@pulumi/tls",
    ]);
  });

  it("take Node 20.19, whichever of them is loaded", () => {
    const { packages } = read("package-lock.json");
    const newer = Object.entries<any>(packages)
      .filter(([path, { engines, optional }]) => path !== "" && !optional && engines?.node)
      .filter(([, { engines }]) => !semver.satisfies("20.19.0", engines.node))
      .map(([path, { engines }]) => `${path} ${engines.node}`);
    assert.deepEqual(newer, []);
  });

  it("are locked without the address of a registry", () => {
    assert.ok(
      !readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8").includes('"resolved"'),
    );
  });
});
