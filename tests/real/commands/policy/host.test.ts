import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { projectFolder } from "../../../../cli/kit/toolchain/tool.js";
import { policies } from "../../../../policy/policies.js";

const require = createRequire(import.meta.url);
const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js");

/** The program by which `pulumi preview --policy-pack` starts a pack; the lab starts it in another way. */
const host = join(projectFolder, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");

describe("Pulumi's own host of policy packs", () => {
  it("starts the pack, which answers with its name and all its policies", async () => {
    const engine = "127.0.0.1:1";
    const child = spawn(process.execPath, [host, engine, "."], { cwd: join(projectFolder, "policy") });
    try {
      let errors = "";
      child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
      const [port] = (await Promise.race([
        once(createInterface(child.stdout), "line"),
        once(child, "exit").then(() => assert.fail(`it ended without a port:\n${errors}`)),
      ])) as [string];
      const client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
      const ask = (method: string) =>
        new Promise<any>((resolve, reject) =>
          client[method](new Empty(), (error: Error | null, answer: any) =>
            error ? reject(error) : resolve(answer.toObject()),
          ),
        );
      assert.match((await ask("getPluginInfo")).version, /^\d+\.\d+\.\d+$/);
      const { name, policiesList } = await ask("getAnalyzerInfo");
      assert.equal(name, "cluster-security");
      assert.deepEqual(
        policiesList.map((policy: { name: string }) => policy.name),
        policies.map((policy) => policy.name),
      );
      client.close();
    } finally {
      child.kill();
    }
  });
});
