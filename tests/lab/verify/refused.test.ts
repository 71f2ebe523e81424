import assert from "node:assert/strict";
import type { WrittenFile } from "../../../lab/cluster/kubeadm.js";
import { Lab, nodeFilesOf, settingsWith, withApiServerFlags, withContent } from "./lab.js";

const settings = settingsWith();
const policy = /audit\/policy-\w+\.yaml$/;
const encryption = /enc\.yaml$/;

/** A file that is wrong, and the API server's own words about it. */
const mistakes: [name: string, change: (files: WrittenFile[]) => WrittenFile[], reason: RegExp][] = [
  [
    "an audit policy with a level that does not exist",
    (files) =>
      withContent(files, policy, (text) => text.replace("level: RequestResponse", "level: Everything")),
    /rules\[2\]\.level: Unsupported value: "Everything": supported values: /,
  ],
  [
    "an audit policy without a rule",
    (files) => withContent(files, policy, (text) => text.replace(/rules:[^]*/, "rules: []\n")),
    /loaded illegal policy with 0 rules/,
  ],
  [
    "an audit policy that is no policy",
    (files) => withContent(files, policy, () => "kind: Policy\n"),
    /unknown group version field .* in policy: from file /,
  ],
  [
    "an audit policy that is not there",
    (files) => withApiServerFlags(files, { "audit-policy-file": "/etc/kubernetes/audit/absent.yaml" }),
    /failed to read file path "[^"]*absent\.yaml".*no such file or directory/,
  ],
  [
    "an encryption key of the wrong length",
    (files) =>
      withContent(files, encryption, (text) => text.replace(/secret: .*/, `secret: ${btoa("short")}`)),
    /secret is not of the expected length, got 5, expected one of \[32\]/,
  ],
  [
    "an encryption provider that does not exist",
    (files) => withContent(files, encryption, (text) => text.replace("secretbox:", "rot13:")),
    /unknown field "resources\[0\]\.providers\[0\]\.rot13"/,
  ],
  [
    "an encryption configuration without a key",
    (files) => withContent(files, encryption, (text) => text.replace(/keys:[^]*/, "keys: []\n")),
    /secretbox\.keys: Required value: at least one keys is required/,
  ],
  [
    "an authentication configuration with a path that is none",
    (files) =>
      withContent(files, /authentication-\w+\.yaml$/, (text) =>
        text.replace("path: /livez", "paths: /livez"),
      ),
    /unknown field "anonymous\.conditions\[0\]\.paths"/,
  ],
];

describe("node files that are wrong", function () {
  let lab: Lab;
  before(async () => {
    lab = await Lab.of("refused");
  });
  after(() => lab.stop());

  for (const [name, change, reason] of mistakes) {
    it(`${name} is refused with the API server's reason`, async () => {
      const files = change(await nodeFilesOf(settings));
      await assert.rejects(lab.plane.apply(files), (error: Error) => {
        assert.match(error.message, /^kube-apiserver ended before it was ready\. The end of its log:\n/);
        for (const [, key] of files
          .find(({ path }) => encryption.test(path))!
          .content.matchAll(/secret: (\S+)/g)) {
          assert.equal(error.message.includes(key!), false, "a key is in the message");
        }
        // The end of the log, and in it the last word, in which quotation marks are escaped.
        assert.match(error.message.split("\n").at(-1)!.replaceAll('\\"', '"'), reason);
        return true;
      });
    });
  }

  it("do not stand in the way of right ones", async () => {
    const started = await lab.plane.apply(await nodeFilesOf(settings));
    assert.deepEqual(started, ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]);
  });
});
