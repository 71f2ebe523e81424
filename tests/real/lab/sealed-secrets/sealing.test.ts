import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { parse } from "yaml";
import { differingKeys } from "../../../../cli/verify/claims/sealing.js";
import { seal } from "../../../../cli/verify/checks/secrets/seal.js";
import { binaries } from "./lab.js";
import { newer, cluster, unsealing } from "./givenCluster.js";
import { folderOfTest } from "../../../kit/folder.js";

describe("sealing", () => {
  const folder = folderOfTest();
  const secret = { name: "backstage-db", namespace: "backstage", values: { A: "plain-a", B: "" } };

  it("hides every value and keeps names, keys and the strict scope", async () => {
    const text = await seal(binaries("kubeseal"), newer.certificate, secret);
    const { metadata, spec } = parse(text);
    assert.deepEqual(metadata, { name: "backstage-db", namespace: "backstage" });
    assert.deepEqual(Object.keys(spec.encryptedData), ["A", "B"]);
    assert.ok(!text.includes("plain-a") && !text.includes(btoa("plain-a")));
  });

  it("says why kubeseal does not", async () => {
    await assert.rejects(seal(binaries("kubeseal"), "nonsense", secret), /^Error: kubeseal failed: error: /);
    await assert.rejects(seal("/nowhere/kubeseal", newer.certificate, secret), {
      name: "NoKubeseal",
      message: "/nowhere/kubeseal was not found",
    });
  });

  it("is not believed when values are left in plain", async () => {
    const kubeseal = folder("kubeseal");
    writeFileSync(kubeseal, "#!/bin/sh\nexec cat\n", { mode: 0o755 });
    const target = cluster({}, { kubeseal, sealingCertificates: [newer.certificate] });
    target.scratch.namespace = () => Promise.resolve("scratch");
    assert.deepEqual(await unsealing!(target), {
      status: "failed",
      evidence:
        "kubeseal left POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD, BACKEND_SECRET in plain",
    });
  });

  it("compares by key and names no value", () => {
    assert.deepEqual(differingKeys({ a: "1", b: "2", c: "3" }, { a: "1", b: "x", d: "" }), ["b", "c", "d"]);
  });
});
