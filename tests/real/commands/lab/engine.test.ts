import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { errorsIn } from "../../../../cli/plan/engine/events.js";
import { readSettings } from "../../../../cli/kit/settings.js";
import { officialNames, provide } from "../../../../cli/lab/official/index.js";
import { packageOf } from "../../../../cli/lab/official/packages.js";
import { silent } from "../../../../cli/kit/progress.js";
import { standIns } from "../../../../cli/plan/providers/index.js";
import { openSession } from "../../../../cli/lab/session.js";
import { tool } from "../../../../cli/kit/toolchain/tool.js";
import { OwnHome } from "../../../cli/lab/official/ownHome.js";

/** A program in place of the official plugin of random, which says by its results that it ran. */
const plugin = `#!/usr/bin/env node
const { main } = require(${JSON.stringify(createRequire(import.meta.url).resolve("@pulumi/pulumi/provider"))});
const provider = {
  version: "0.0.0",
  check: async (urn, olds, news) => ({ inputs: news }),
  create: async (urn, inputs) => ({ id: "made", outs: { ...inputs, result: "made by the plugin" } }),
  diff: async () => ({ changes: false }),
};
main(provider, process.argv.slice(2));
`;

describe("the engine, with an official plugin in the user's folder", () => {
  const home = OwnHome.ofSuite();

  for (const mode of ["auto", "stand-in"] as const) {
    it(`${mode === "auto" ? "prefers it, and" : "leaves it alone with --providers stand-in, and"} has stand-ins for the rest`, async function () {
      this.timeout(600_000);
      const { name, version } = packageOf("random");
      const path = join(home.folder, "user/plugins", `resource-${name}-v${version}`);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, `pulumi-resource-${name}`), plugin, { mode: 0o755 });

      const cli = await tool("pulumi");
      const state = join(home.folder, "state");
      const providers = await provide({
        mode,
        // Those that are missing would be looked for in the network.
        packages: ["random"],
        settings: (await readSettings("lab")).settings,
        archives: false,
        cli,
        helm: "/nowhere/helm",
        home: join(state, "home"),
        scratch: join(home.folder, "scratch"),
        progress: silent,
      });
      const official = officialNames(providers);
      assert.deepEqual(official, mode === "auto" ? ["random"] : []);

      const served = standIns({ cache: home.folder }).all.filter(
        (standIn) => !official.includes(standIn.name),
      );
      const session = await openSession({ folder: state, cli, project: "p", stack: "s", providers: served });
      try {
        const { succeeded, events } = await session.run({
          operation: "up",
          program: () => ({
            password: new RandomPassword("password", { length: 20 }).result,
            key: new PrivateKey("key", { algorithm: "ED25519" }).publicKeyPem,
          }),
        });
        assert(succeeded, errorsIn(events).join("\n"));
        const { password, key } = (await session.outputs()) as Record<string, string>;
        assert.match(password!, mode === "auto" ? /^made by the plugin$/ : /^\S{20}$/);
        assert.match(key!, /^-----BEGIN PUBLIC KEY-----/);
      } finally {
        session.close();
      }
    });
  }
});
