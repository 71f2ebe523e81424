import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { debian, debianPackages, installLine } from "../../../cli/test/packages.js";
import { folderOfTest } from "../../kit/folder.js";

const script = fileURLToPath(new URL("../../../cli/test/install-packages.sh", import.meta.url));
const sudo = process.getuid?.() === 0 ? "" : "sudo ";
const named = (name: string) => debianPackages.filter((found) => found.name === name);

describe("a program of a Debian package", () => {
  const { PATH } = process.env;
  afterEach(() => (process.env["PATH"] = PATH));

  it("is found on PATH, and where PATH does not lead", () => {
    assert.match(debian("shellcheck"), /\/shellcheck$/);
    process.env["PATH"] = "/nowhere";
    assert.match(debian("sshd"), /^\/(usr\/)?sbin\/sshd$/);
  });

  it("is asked for with the line that installs it, where it is missing", () => {
    process.env["PATH"] = "/nowhere";
    const install = `${sudo}apt-get install -y --no-install-recommends`;
    assert.throws(() => debian("amtool"), {
      message:
        `amtool is missing. Install it:\n  ${install} prometheus-alertmanager && ` +
        `${sudo}systemctl disable --now prometheus-alertmanager`,
    });
    assert.throws(() => debian("restic"), { message: `restic is missing. Install it:\n  ${install} restic` });
  });

  it("is listed before it is used", () => {
    assert.throws(() => debian("pg_top"), {
      message: "pg_top is of no package in tests/debian-packages.txt",
    });
  });

  it("is installed with others in one line", () => {
    assert.equal(
      installLine([...named("jq"), ...named("postgresql")]),
      `${sudo}apt-get install -y --no-install-recommends jq postgresql && ${sudo}systemctl disable --now postgresql`,
    );
  });
});

describe("the script that installs packages", () => {
  const folder = folderOfTest();
  let policy: string;
  beforeEach(() => {
    policy = folder("policy-rc.d");
  });

  /** Runs it with stand-ins that note their arguments, and what the policy says meanwhile. */
  function install(services: string, status = 0) {
    const log = folder("log");
    for (const name of ["apt-get", "systemctl"]) {
      const note = `#!/bin/sh\n{ echo "${name} $*"; tail -n 1 "$POLICY_RC_D"; } >>'${log}'\nexit ${status}\n`;
      writeFileSync(folder(name), note, { mode: 0o755 });
    }
    const env = { PATH: [folder(), process.env["PATH"]].join(delimiter), POLICY_RC_D: policy };
    const done = spawnSync("sh", [script, "jq restic", services], { env, encoding: "utf8" });
    return { status: done.status, stderr: done.stderr, log: readFileSync(log, "utf8").trim().split("\n") };
  }

  it("forbids servers to start while it runs, and removes its policy", () => {
    assert.deepEqual(install("prometheus"), {
      status: 0,
      stderr: "",
      log: [
        "apt-get update -qq",
        "exit 101",
        "apt-get install -y -qq --no-install-recommends jq restic",
        "exit 101",
        "systemctl disable --quiet prometheus",
        "exit 101",
      ],
    });
    assert.equal(existsSync(policy), false);
  });

  it("removes it as well when apt-get fails", () => {
    assert.equal(install("", 100).status, 100);
    assert.equal(existsSync(policy), false);
  });

  it("leaves a policy of the machine's own as it is", () => {
    writeFileSync(policy, "exit 0\n");
    assert.deepEqual(install("").log, [
      "apt-get update -qq",
      "exit 0",
      "apt-get install -y -qq --no-install-recommends jq restic",
      "exit 0",
    ]);
    assert.equal(readFileSync(policy, "utf8"), "exit 0\n");
  });
});
