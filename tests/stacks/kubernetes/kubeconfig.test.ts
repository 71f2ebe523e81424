import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { loadKubeconfig } from "../../../stacks/kubernetes/kubeconfig.js";
import { folderOfTest } from "../../kit/folder.js";

describe("a kubeconfig in several files", () => {
  const ambient = process.env["KUBECONFIG"];
  const folder = folderOfTest();
  afterEach(() => {
    if (ambient === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = ambient;
  });

  const file = (name: string, server: string, context: string) => {
    const path = folder(name);
    const config = {
      clusters: [{ name: "kubernetes", cluster: { server } }],
      users: [{ name: "kubernetes-admin", user: { token: name } }],
      contexts: [{ name: context, context: { cluster: "kubernetes", user: "kubernetes-admin" } }],
      "current-context": context,
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  };

  it("takes the first entry of a name, as kubectl does", async () => {
    const files = [file("a", "https://a:6443", "a"), file("b", "https://b:6443", "b")];
    process.env["KUBECONFIG"] = files.join(delimiter);
    const { config } = await loadKubeconfig({});
    assert.equal(config.getCurrentContext(), "a");
    assert.deepEqual(
      config.clusters.map(({ name, server }) => [name, server]),
      [["kubernetes", "https://a:6443"]],
    );
    assert.deepEqual(config.contexts.map(({ name }) => name).sort(), ["a", "b"]);
    assert.deepEqual(
      config.users.map(({ token }) => token),
      ["a"],
    );
  });
});
