import assert from "node:assert/strict";
import { delimiter, dirname } from "node:path";
import { tool } from "../../../cli/kit/toolchain/tool.js";
import { runCommand } from "../../kit/runCommand.js";
import { have } from "./project.js";
import { folderOfTest } from "../../kit/folder.js";

describe("a command that reads the state", () => {
  const home = folderOfTest();

  const refusals: [title: string, env: (home: string) => Record<string, string>, message: RegExp][] = [
    [
      "how to log in, where nobody has",
      () => ({}),
      /^pulumi stack export failed:\n {2}Pulumi is not logged in .* Log in first: pulumi login, or /m,
    ],
    [
      "how to make the stack, where the backend has none",
      (home) => ({ PULUMI_BACKEND_URL: `file://${home}` }),
      /^pulumi stack export failed:\n {2}The backend .* holds no stack musashi\. .* pulumi stack init musashi$/m,
    ],
  ];
  for (const [title, env, message] of refusals) {
    it(`says ${title}`, async function () {
      await have(this, "pulumi");
      const PATH = [dirname(await tool("pulumi")), process.env["PATH"]].join(delimiter);
      const { status, stdout, stderr } = await runCommand(["state-check"], {
        env: { HOME: home(), PATH, ...env(home()) },
      });
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /PULUMI_ACCESS_TOKEN/);
    });
  }
});
