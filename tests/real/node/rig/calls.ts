import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { findOnPath } from "../../../../cli/kit/toolchain/tool.js";
import { applyScriptFile, applyScriptPath } from "../../../../components/control-plane/node/bundle.js";
import { full } from "../../../kit/full.js";
import type { Rig } from "./rig.js";
import type { Result } from "./rigNode.js";
import type { Wish } from "./wish.js";

/**
 * Programs that read and print and do nothing else, or start what does: a kill around one of them is one around its
 * neighbours. One in a process group of its own, as of the trial, would end that alone.
 */
const readers =
  "awk base64 cat cmp comm cut date df find getconf grep head id ls paste ps sed sh sha256sum sleep sort stat tail timeout tr true uniq unshare wc".split(
    " ",
  );
/** Where the wrappers count, on the node. */
const folder = "/var/lib/kubelet/calls";
/** Passes on calls that only ask, compute, or write to the folder that every run removes first. */
const passOn = `for last in "" "$@"; do :; done
case "$name $*" in "kubectl --kubeconfig=/dev/null "* | kubectl*" get "* | etcdctl*" get "*) exec "$PROGRAM" "$@" ;; esac
case "$name $last" in kube*) ;; *" /run/cluster-security."* | *" /var/lib/cluster-security/work."*) exec "$PROGRAM" "$@" ;; esac`;

/** A call of a program at which a run ends as in a power failure. */
export interface Kill {
  /** 1 is the first call that may change something. */
  call: number;
  when: "before" | "after";
}

/**
 * Applies the wish with a wrapper around each program that the script names and that may change something. The wrappers
 * count their calls; the one that `kill` names sends SIGKILL to the script and all its children.
 *
 * @returns The calls in their order.
 */
export async function applyCounted(rig: Rig, wish: Wish, kill?: Kill): Promise<Result & { calls: string[] }> {
  const { node } = rig;
  mkdirSync(join(node.root, folder), { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(node.root, folder, name), text);
  write("count", "0\n");
  write("calls", "");
  write("kill", kill ? `${kill.call} ${kill.when}\n` : "0 never\n");

  const flock = findOnPath("flock")!;
  const words = new Set(applyScriptFile().content.match(/\b[a-z][a-z0-9-]*\b/g));
  const path = `${join(node.root, "usr/local/sbin")}:/usr/sbin:/usr/bin:/sbin:/bin`;
  const programs = [...words].filter(
    (word) => !readers.includes(word) && word !== basename(applyScriptPath) && findOnPath(word, path),
  );
  for (const needed of ["cp", "mv", "rm", "kubectl", "etcdctl", "sync"])
    assert.ok(programs.includes(needed), `${needed} is among ${programs.join(" ")}`);
  const unwrap = programs.map((name) =>
    node.wrap(
      name,
      // Outside of the script, as in the kubelet, every program is itself.
      `[ -n "\${COUNTED:-}" ] || exec "$PROGRAM" "$@"
name=${name}
${passOn}
exec 8>>${folder}/lock
${flock} 8
read -r at <${folder}/count
at=$((at + 1))
echo "$at" >${folder}/count
printf '%s\\0' "$name $*" >>${folder}/calls
exec 8>&-
read -r call when <${folder}/kill
if [ "$at" = "$call" ] && [ "$when" = before ]; then kill -KILL 0; fi
"$PROGRAM" "$@"
status=$?
if [ "$at" = "$call" ] && [ "$when" = after ]; then kill -KILL 0; fi
exit "$status"`,
    ),
  );
  try {
    const result = await rig.apply(wish, { env: { COUNTED: "1" } });
    return { ...result, calls: node.file(`${folder}/calls`).split("\0").slice(0, -1) };
  } finally {
    for (const remove of unwrap) remove();
  }
}

/** A change that is killed again and again. */
interface Change {
  /** What is applied and killed; the first round counts its calls. Each round has to change something. */
  wish(round: number): Wish;
  /** What is applied after that. */
  again(round: number): Wish;
  /** Looks at the node after that. */
  check(round: number): Promise<void>;
}

/**
 * Kills a run before and after each of its calls, and applies after every kill. With FULL=1 all of them, else some that
 * lie evenly among them.
 *
 * @param sample Number of kills without FULL=1.
 */
export async function killedEverywhere(rig: Rig, sample: number, change: Change): Promise<void> {
  const { status, stderr, calls } = await applyCounted(rig, change.wish(0));
  assert.equal(status, 0, stderr);
  await change.check(0);
  const all = calls.flatMap((_, index): Kill[] => [
    { call: index + 1, when: "before" },
    { call: index + 1, when: "after" },
  ]);
  // An odd number, so that both kinds are among them.
  const apart = full ? 1 : Math.floor(all.length / sample) | 1;
  const kills = all.filter((_, index) => index % apart === apart >> 1);
  console.log(`      ${calls.length} calls, killed at ${kills.length} of ${all.length} places`);
  for (const [index, kill] of kills.entries()) {
    const round = index + 1;
    const place = `${kill.when} call ${kill.call}, such as ${calls[kill.call - 1]}`;
    if (full) console.log(`      ${round}/${kills.length}: ${place}`);
    const killed = await applyCounted(rig, change.wish(round), kill);
    // How many calls store Secrets anew depends on what else is written meanwhile.
    const ended = killed.status === 0 && killed.calls.length < kill.call;
    assert.ok(
      killed.signal === "SIGKILL" || killed.status === 137 || ended,
      `killed ${place}: ${killed.status}: ${killed.stdout}${killed.stderr}`,
    );
    try {
      assert.match(await rig.applied(change.again(round)), /^applied: /);
      const state = readdirSync(join(rig.node.root, "var/lib/cluster-security")).sort();
      assert.deepEqual(state, ["backups", "files", "lock"]);
      await change.check(round);
    } catch (error) {
      throw new Error(`after a kill ${place}: ${(error as Error).message}`, { cause: error });
    }
  }
}
