import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { differingKeys } from "../../../../cli/verify/claims/sealing.js";
import type { Target } from "../../../../cli/verify/cluster/target.js";
import { seal } from "../../../../cli/verify/checks/secrets/seal.js";
import { binaries } from "./lab.js";
import { newer, cluster, unsealing } from "./givenCluster.js";

describe("sealing", () => {
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
    await inFolder(async (folder) => {
      const kubeseal = join(folder, "kubeseal");
      writeFileSync(kubeseal, "#!/bin/sh\nexec cat\n");
      chmodSync(kubeseal, 0o755);
      const target = cluster({}, { kubeseal, sealingCertificates: [newer.certificate] });
      target.scratch = { namespace: () => Promise.resolve("scratch") } as Target["scratch"];
      assert.deepEqual(await unsealing!(target), {
        status: "failed",
        evidence:
          "kubeseal left POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD, BACKEND_SECRET in plain",
      });
    });
  });

  it("compares by key and names no value", () => {
    assert.deepEqual(differingKeys({ a: "1", b: "2", c: "3" }, { a: "1", b: "x", d: "" }), ["b", "c", "d"]);
  });

  it("works as docs/guides/seal-a-secret.md says, word for word", async () => {
    await inFolder((folder) => {
      const guide = readFileSync(
        new URL("../../../../docs/guides/seal-a-secret.md", import.meta.url),
        "utf8",
      );
      const step = /## 3\. Seal them[^]+?```sh\n([^]+?)```/.exec(guide)![1]!;
      const values = /```properties\n([^]+?)```/.exec(guide)![1]!;
      const programs = join(folder, "bin");
      const checkout = join(folder, "checkout");
      for (const each of [programs, checkout, join(folder, "backstage-gitops/base")]) {
        mkdirSync(each, { recursive: true });
      }
      for (const program of ["kubectl", "kubeseal"]) symlinkSync(binaries(program), join(programs, program));
      writeFileSync(join(checkout, "sealing.pem"), newer.certificate);
      writeFileSync(join(checkout, "backstage-db.env"), values);
      execFileSync("bash", ["-euo", "pipefail", "-c", step], {
        cwd: checkout,
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: `${programs}:${process.env["PATH"]}`, HOME: folder },
      });
      const sealed = parse(readFileSync(join(folder, "backstage-gitops/base/sealed-secret.yaml"), "utf8"));
      assert.deepEqual(Object.keys(sealed.spec.encryptedData).sort(), [
        "BACKEND_SECRET",
        "POSTGRES_HOST",
        "POSTGRES_PASSWORD",
        "POSTGRES_PORT",
        "POSTGRES_USER",
      ]);
      return Promise.resolve();
    });
  });
});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sealing-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
