import assert from "node:assert/strict";
import { parse } from "yaml";
import { parseSettings } from "../../stacks/settings.js";
import { rawSettings } from "../unit/settings/fixtures.js";
import { allBlocks, documented } from "./claims.js";
import { Sandbox } from "./sandbox.js";

const guide = "docs/isolate-a-namespace.md";

describe(guide, () => {
  let sandbox: Sandbox;

  before(async function () {
    sandbox = await Sandbox.of(this, ["pulumi", "cilium-policy"]);
  });
  after(() => sandbox.remove());

  it("has an example that the settings take", () => {
    const example = allBlocks.find(({ document, language }) => document === guide && language === "yaml")!;
    const { network } = parse(example.text) as { network: Record<string, unknown> };
    const set = Object.fromEntries(Object.entries(network).map(([key, value]) => [`network.${key}`, value]));
    const { settings, notes } = parseSettings(rawSettings({ set }), "test");
    assert.equal(settings.network.flows.length, 8);
    assert.deepEqual(notes, []);
  });

  documented(
    guide,
    "From audit to enforce",
    "af1b7d5d",
    "turns enforcement on, and HTTP rules with it",
    async (block) => {
      const { stdout } = await sandbox.run(block.text);
      assert.match(stdout, /~ cilium-cni-release {2}.*update\n[^]*?- values\.policyAuditMode: true\n/);
      assert.match(stdout, /~ isolation-harbor-nginx-cilium {2}.*update\n/);
      assert.match(
        stdout,
        /\nmusashi from \w+: 0 to create, 2 to update, 0 to replace, 0 to delete, \d+ unchanged, 0 violations\n/,
      );
      assert.doesNotMatch(stdout, /network\.enforcement audit/);
    },
  );
});
