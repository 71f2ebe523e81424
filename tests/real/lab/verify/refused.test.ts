import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDaemonRunning, noted } from "../../../../cli/lab/cluster/daemon.js";
import type { WrittenFile } from "../../../../cli/lab/cluster/kubeadm.js";
import { Lab, nodeFilesOf, settingsWith, withApiServerFlags, withContent } from "./lab.js";

const settings = settingsWith();
const policy = /audit\/policy-\w+\.yaml$/;
const encryption = /enc\.yaml$/;

/** A file that is wrong, and the API server's own words about it. */
const mistakes: Record<string, [change: (files: WrittenFile[]) => WrittenFile[], reason: RegExp]> = {
  "an audit policy with a level that does not exist": [
    (files) =>
      withContent(files, policy, (text) => text.replace("level: RequestResponse", "level: Everything")),
    /rules\[2\]\.level: Unsupported value: "Everything": supported values: /,
  ],
  "an audit policy without a rule": [
    (files) => withContent(files, policy, (text) => text.replace(/rules:[^]*/, "rules: []\n")),
    /loaded illegal policy with 0 rules/,
  ],
  "an audit policy that is no policy": [
    (files) => withContent(files, policy, () => "kind: Policy\n"),
    /unknown group version field .* in policy: from file /,
  ],
  "an audit policy that is not there": [
    (files) => withApiServerFlags(files, { "audit-policy-file": "/etc/kubernetes/audit/absent.yaml" }),
    /failed to read file path "[^"]*absent\.yaml".*no such file or directory/,
  ],
  "an encryption key of the wrong length": [
    (files) =>
      withContent(files, encryption, (text) => text.replace(/secret: .*/, `secret: ${btoa("short")}`)),
    /secret is not of the expected length, got 5, expected one of \[32\]/,
  ],
  "an encryption provider that does not exist": [
    (files) => withContent(files, encryption, (text) => text.replace("secretbox:", "rot13:")),
    /unknown field "resources\[0\]\.providers\[0\]\.rot13"/,
  ],
  "an encryption configuration without a key": [
    (files) => withContent(files, encryption, (text) => text.replace(/keys:[^]*/, "keys: []\n")),
    /secretbox\.keys: Required value: at least one keys is required/,
  ],
  "an authentication configuration with a path that is none": [
    (files) =>
      withContent(files, /authentication-\w+\.yaml$/, (text) =>
        text.replace("path: /livez", "paths: /livez"),
      ),
    /unknown field "anonymous\.conditions\[0\]\.paths"/,
  ],
};

const refusal = /^kube-apiserver refuses its configuration, so nothing was started\. The end of its log:\n/;
/** The end of the log, and in it the last word, in which quotation marks are escaped. */
const lastWord = ({ message }: Error): string => message.split("\n").at(-1)!.replaceAll('\\"', '"');

describe("node files that are wrong", function () {
  let lab: Lab;
  before(async () => {
    lab = await Lab.of("refused", { rehearse: true });
  });
  after(() => lab.stop());

  const running = (): string[] =>
    noted(lab.plane.paths.processes).filter((name) => isDaemonRunning(lab.plane.paths.processes, name));

  for (const [name, [change, reason]] of Object.entries(mistakes)) {
    it(`${name} is refused with the API server's reason, before anything starts`, async () => {
      const files = change(await nodeFilesOf(settings));
      const { content } = files.find(({ path }) => encryption.test(path))!;
      await assert.rejects(lab.plane.apply(files), (error: Error) => {
        assert.match(error.message, refusal);
        assert.match(lastWord(error), reason);
        for (const [, key] of content.matchAll(/secret: (\S+)/g)) {
          assert.equal(error.message.includes(key!), false, "a key is in the message");
        }
        return true;
      });
      assert.deepEqual(running(), []);
    });
  }

  it("do not stand in the way of right ones", async () => {
    const started = await lab.plane.apply(await nodeFilesOf(settings));
    assert.deepEqual(started, ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"]);
  });

  it("leave what runs as it is", async () => {
    const processes = (): string[] =>
      running().map((name) => readFileSync(join(lab.plane.paths.processes, `${name}.json`), "utf8"));
    const before = processes();
    assert.equal(before.length, 4);
    // Another policy has another name, as every policy of the program has.
    const files = await nodeFilesOf(settings);
    const wrong = [
      ...withApiServerFlags(files, { "audit-policy-file": "/etc/kubernetes/audit/policy-wrong.yaml" }),
      { path: "/etc/kubernetes/audit/policy-wrong.yaml", mode: "0600", content: "rules: []\n" },
    ];
    await assert.rejects(lab.plane.apply(wrong), { message: refusal });
    assert.deepEqual(processes(), before);
    const { api } = await lab.target(settings);
    assert.equal((await api.request({ path: "/readyz" })).status, 200);
  });
});
