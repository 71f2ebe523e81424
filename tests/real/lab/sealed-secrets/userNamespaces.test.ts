import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { needUserNamespaces } from "./lab.js";

const module = new URL("../../../../cli/lab/sealedSecrets/userNamespaces.ts", import.meta.url).href;

/** What the check says in a process of its own, which a shell command starts as "$@". */
function problemIn(shell: string, settings?: Record<string, string>): string | null {
  const valueOf = settings === undefined ? "undefined" : `(name) => (${JSON.stringify(settings)})[name]`;
  const program = `import { userNamespaceProblem } from ${JSON.stringify(module)};
    console.log(JSON.stringify(userNamespaceProblem(${valueOf}) ?? null));`;
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", program];
  const { stdout, stderr } = spawnSync("sh", ["-c", shell, "sh", ...node], { encoding: "utf8" });
  assert.equal(stderr, "");
  return JSON.parse(stdout) as string | null;
}

/** In a user namespace that allows no further one. */
const refused = `unshare --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' sh "$@"`;

describe("user namespaces", () => {
  before(function () {
    needUserNamespaces(this);
  });

  it("are no problem here", () => {
    assert.equal(problemIn(`exec "$@"`), null);
  });

  it("are refused with the kernel's reason and the setting that refuses them", () => {
    assert.equal(
      problemIn(refused),
      "this machine refuses user namespaces (unshare: unshare failed: No space left on device); allow them until the " +
        "next start of the machine with: sudo sysctl -w user.max_user_namespaces=15000",
    );
  });

  const settings: Record<string, [Record<string, string>, RegExp]> = {
    "Debian's": [
      { "kernel.unprivileged_userns_clone": "0" },
      /with: sudo sysctl -w kernel\.unprivileged_userns_clone=1$/,
    ],
    "Ubuntu's": [
      { "kernel.apparmor_restrict_unprivileged_userns": "1", "user.max_user_namespaces": "96365" },
      /with: sudo sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0$/,
    ],
    no: [
      { "kernel.apparmor_restrict_unprivileged_userns": "0" },
      /; no kernel setting forbids them, so it is the container/,
    ],
  };
  for (const [whose, [values, expected]] of Object.entries(settings)) {
    it(`are refused by ${whose} setting`, () => assert.match(problemIn(refused, values)!, expected));
  }

  it("need unshare", () => {
    assert.equal(problemIn(`PATH=/nowhere exec "$@"`), "unshare was not found; it is part of util-linux");
  });
});
