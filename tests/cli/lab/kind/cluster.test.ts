import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createCluster, demandDocker, kindNode } from "../../../../cli/lab/kind/cluster.js";
import { collectDefinitions } from "../../../../cli/lab/kind/definitions.js";
import { withoutDomains } from "../../../../cli/lab/kind/dns.js";
import { notHere, unexpectedFailures } from "../../../../cli/lab/kind/evidence.js";
import { concerns } from "../../../../cli/verify/claims/index.js";
import type { Outcome } from "../../../../cli/verify/run.js";
import { folderOfTest } from "../../../kit/folder.js";

describe("the kind cluster", () => {
  const folder = folderOfTest();
  let path: string;
  beforeEach(() => {
    path = process.env["PATH"]!;
    process.env["PATH"] = [folder(), path].join(delimiter);
  });
  afterEach(() => {
    process.env["PATH"] = path;
  });

  /** A shell script in place of a tool. */
  const script = (name: string, text: string) =>
    writeFileSync(folder(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

  it("needs docker, and one that answers", async () => {
    script("docker", "echo 28.2.2");
    await demandDocker();
    script("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
    await assert.rejects(demandDocker(), {
      name: "UserError",
      message:
        "docker is needed, because kind runs the node as a container; it does not answer:\n" +
        "Cannot connect to the Docker daemon",
    });
    rmSync(folder("docker"));
    process.env["PATH"] = folder();
    await assert.rejects(demandDocker(), {
      name: "UserError",
      message:
        "docker is needed, because kind runs the node as a container; it is not on PATH. " +
        "Install it (https://docs.docker.com/engine/install/), or run the lab without containers: npm start",
    });
  });

  it("is of docker, and shows what kind said when it cannot be made", async () => {
    script(
      "kind",
      'echo "ERROR: failed to create cluster: no $KIND_EXPERIMENTAL_PROVIDER for $5 $6" >&2; exit 1',
    );
    await assert.rejects(createCluster(folder("kind"), "kind.yaml", "kubeconfig"), {
      name: "UserError",
      message:
        "kind create cluster failed:\nERROR: failed to create cluster: no docker for --config kind.yaml",
    });
  });

  it("has a node that this machine can look into", async () => {
    script("docker", "echo '4711 172.18.0.2 '");
    assert.deepEqual(await kindNode(), { root: "/proc/4711/root", address: "172.18.0.2" });
  });

  it("has the definitions of what the program works with: those of tools/charts, and ArgoCD's", async () => {
    const [module, crds] = [folder("module/manifests/crds"), folder("crds")];
    mkdirSync(module, { recursive: true });
    for (const name of ["application", "appproject", "applicationset"])
      writeFileSync(join(module, `${name}-crd.yaml`), name);
    mkdirSync(folder("fetched"));
    writeFileSync(folder("fetched/gateway-api-v1.6.1.yaml"), "gateway");
    script("go", `echo "$*" >${folder("asked")}; echo '{"Dir": "${folder("module")}"}'`);
    await collectDefinitions(crds, folder("fetched"));
    assert.deepEqual(
      Object.fromEntries(readdirSync(crds).map((file) => [file, readFileSync(join(crds, file), "utf8")])),
      {
        "application-crd.yaml": "application",
        "appproject-crd.yaml": "appproject",
        "gateway-api-v1.6.1.yaml": "gateway",
      },
    );
    assert.match(
      readFileSync(folder("asked"), "utf8"),
      /^mod download -json github\.com\/argoproj\/argo-cd\/v3@v3\./,
    );
  });

  it("has a DNS that knows no name of services of the real cluster, and all others", () => {
    assert.equal(
      withoutDomains(".:53 {\n    forward . /etc/resolv.conf\n}\n", ["a.org", "b.com"]),
      [
        "a.org:53 b.com:53 {",
        "    template ANY ANY {",
        "        rcode NXDOMAIN",
        "    }",
        "}",
        ".:53 {",
        "    forward . /etc/resolv.conf",
        "}",
        "",
      ].join("\n"),
    );
  });

  it("may fail only claims of the page that need the real one", () => {
    const claims = concerns.flatMap(({ claims }) => claims.map(({ claim }) => claim));
    for (const claim of Object.keys(notHere)) assert(claims.includes(claim), claim);
    const outcome = (claim: string, status: Outcome["status"]): Outcome => ({
      concern: "Concern",
      claim,
      status,
      evidence: "seen",
    });
    assert.deepEqual(
      unexpectedFailures([
        ...Object.keys(notHere).map((claim) => outcome(claim, "failed")),
        outcome("A", "proved"),
        outcome("B", "failed"),
        outcome("C", "unchecked"),
      ]),
      ["Concern: B: seen"],
    );
  });
});
