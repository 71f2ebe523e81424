import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { listen } from "../../../../cli/kit/listen.js";
import { run } from "../../../../cli/kit/run.js";
import { temporaryFolder, type TemporaryFolder } from "../../../../cli/kit/temporaryFolder.js";
import { answerByGit } from "../../../../cli/lab/node/internet/git.js";
import { Repository } from "../../../../cli/lab/node/neighbours/repository.js";
import type { RealNode } from "../../../../cli/lab/node/realNode.js";

describe("the Git server of a node", () => {
  let scratch: TemporaryFolder;
  let server: Server;
  let url: string;
  let repository: Repository;

  before(async () => {
    scratch = temporaryFolder();
    const root = join(scratch.path, "repositories");
    const command = ["env", `GIT_PROJECT_ROOT=${root}`, "GIT_HTTP_EXPORT_ALL=1"];
    server = createServer((incoming, outgoing) => answerByGit(command, incoming, outgoing));
    url = `http://127.0.0.1:${await listen(server)}/owner/app.git`;
    // This machine in place of a node.
    const node: Pick<RealNode, "run"> = { run: (command, input) => run(command, { input }) };
    repository = new Repository(node as RealNode, url, "main", root);
  });
  after(() => {
    server.close();
    scratch.remove();
  });

  const git = (...args: string[]) => run(["git", "-C", scratch.path, ...args]);

  it("serves what was committed, commit by commit", async () => {
    await repository.commit({ "first/é.yaml": "a: ü\n", "second.yaml": "b\n" });
    await git("clone", "--quiet", url, "clone");
    await repository.commit({ "second.yaml": "data 3\nc" });
    await git("-C", "clone", "pull", "--quiet");
    const { stdout: log } = await git("-C", "clone", "log", "--format=%s%d");
    assert.equal(log.trim().split("\n").length, 2);
    const { stdout: files } = await git("-C", "clone", "ls-files");
    assert.equal(files, "second.yaml\n");
    assert.equal(await repository.read("second.yaml"), "data 3\nc");
  });

  it("takes no push", async () => {
    writeFileSync(join(scratch.path, "clone/third.yaml"), "");
    await git("-C", "clone", "add", ".");
    const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
    await git("-C", "clone", ...identity, "commit", "--quiet", "--message=third");
    await assert.rejects(git("-C", "clone", "push", "--quiet"), /403/);
  });

  it("says that there is no such repository", async () => {
    await assert.rejects(git("ls-remote", url.replace("app", "other")), /not found/);
  });
});
