import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forgetCloudSettings, startClouds } from "../../../../cli/lab/official/clouds.js";
import { readSettings } from "../../../../cli/kit/settings.js";

const { settings } = await readSettings("lab");

describe("the clouds of the official plugins", () => {
  let logs: string;
  beforeEach(() => (logs = join(mkdtempSync(join(tmpdir(), "clouds-")), "logs")));
  afterEach(() => rmSync(join(logs, ".."), { recursive: true }));

  it("are started for the packages that need one", async () => {
    const none = await startClouds(["kubernetes", "random"], settings, logs);
    assert.deepEqual([none.env, none.holds()], [{}, []]);
    await none.stop();

    const clouds = await startClouds(["kubernetes", "cloudflare"], settings, logs);
    try {
      assert.deepEqual(Object.keys(clouds.env).sort(), ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_BASE_URL"]);
      const answer = await fetch(
        `${clouds.env["CLOUDFLARE_BASE_URL"]}/zones?name=${settings.certificates.zone}`,
        {
          headers: { authorization: `Bearer ${clouds.env["CLOUDFLARE_API_TOKEN"]}` },
        },
      );
      const { result } = (await answer.json()) as { result: { name: string }[] };
      assert.deepEqual(
        result.map(({ name }) => name),
        [settings.certificates.zone],
      );
      const log = join(logs, "cloudflare.log");
      assert.match(readFileSync(log, "utf8"), /^cloudflare: GET \/client\/v4\/zones\?name=\S+ -> 200\n$/);
      assert.equal(statSync(log).mode & 0o777, 0o600);
    } finally {
      await clouds.stop();
    }
    await assert.rejects(fetch(clouds.env["CLOUDFLARE_BASE_URL"]!));
  });

  it("are never real ones: the user's credentials are forgotten, and nothing else is", () => {
    const env = {
      CLOUDFLARE_API_TOKEN: "real",
      CLOUDFLARE_EMAIL: "real",
      OCI_CLI_PROFILE: "real",
      TF_VAR_private_key_path: "real",
      TF_LOG: "stays",
      MY_OCI_NOTE: "stays",
      PATH: "stays",
    };
    forgetCloudSettings(env);
    assert.deepEqual(env, { TF_LOG: "stays", MY_OCI_NOTE: "stays", PATH: "stays" });
  });
});
