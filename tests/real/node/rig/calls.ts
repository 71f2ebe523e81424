import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { applyScriptFile, applyScriptPath } from "../../../../components/control-plane/node/bundle.js";
import type { Result } from "./rigNode.js";

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

/** A node on which runs are killed. */
export interface Killable<Wish> {
  /** Its file system, on this machine. */
  root: string;
  /** Path of a program as the script finds it; undefined where the node has none. */
  find(program: string): string | undefined;
  /** Lays a script before a program, which it finds as `$PROGRAM`. Returns what takes it away again. */
  wrap(program: string, script: string): () => void;
  /** Runs the script in a process group of its own. */
  apply(wish: Wish, env: Record<string, string>): Promise<Result>;
  /** The same, and it has to succeed; gives its last line. */
  applied(wish: Wish): Promise<string>;
}

/**
 * Applies the wish with a wrapper around each program that the script names and that may change something. The wrappers
 * count their calls; the one that `kill` names sends SIGKILL to the script and all its children.
 *
 * @returns The calls in their order.
 */
export async function applyCounted<Wish>(
  node: Killable<Wish>,
  wish: Wish,
  kill?: Kill,
): Promise<Result & { calls: string[] }> {
  mkdirSync(join(node.root, folder), { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(node.root, folder, name), text);
  write("count", "0\n");
  write("calls", "");
  write("kill", kill ? `${kill.call} ${kill.when}\n` : "0 never\n");

  const flock = node.find("flock")!;
  const words = new Set(applyScriptFile().content.match(/\b[a-z][a-z0-9-]*\b/g));
  const programs = [...words].filter(
    (word) => !readers.includes(word) && word !== basename(applyScriptPath) && node.find(word),
  );
  for (const needed of ["cp", "mv", "rm", "kubectl", "sync"])
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
    const result = await node.apply(wish, { COUNTED: "1" });
    return {
      ...result,
      calls: readFileSync(join(node.root, folder, "calls"), "utf8")
        .split("\0")
        .slice(0, -1),
    };
  } finally {
    for (const remove of unwrap) remove();
  }
}

/** A change that is killed again and again. */
interface Change<Wish> {
  /** What is applied and killed; the first round counts its calls. Each round has to change something. */
  wish(round: number): Wish;
  /** What is applied after that. */
  again(round: number): Wish;
  /** Looks at the node after that. */
  check(round: number): Promise<void>;
}

/**
 * Kills a run before and after each of its calls, and applies after every kill.
 *
 * @param sample How many of them, evenly apart. Default: all.
 */
export async function killedEverywhere<Wish>(
  node: Killable<Wish>,
  sample: number | undefined,
  change: Change<Wish>,
): Promise<void> {
  const { status, stderr, calls } = await applyCounted(node, change.wish(0));
  assert.equal(status, 0, stderr);
  await change.check(0);
  const all = calls.flatMap((_, index): Kill[] => [
    { call: index + 1, when: "before" },
    { call: index + 1, when: "after" },
  ]);
  // An odd number, so that both kinds are among them.
  const apart = sample === undefined ? 1 : Math.floor(all.length / sample) | 1;
  const kills = all.filter((_, index) => index % apart === apart >> 1);
  console.log(`      ${calls.length} calls, killed at ${kills.length} of ${all.length} places`);
  for (const [index, kill] of kills.entries()) {
    const round = index + 1;
    const place = `${kill.when} call ${kill.call}, such as ${calls[kill.call - 1]}`;
    if (sample === undefined) console.log(`      ${round}/${kills.length}: ${place}`);
    const killed = await applyCounted(node, change.wish(round), kill);
    // How many calls store Secrets anew depends on what else is written meanwhile.
    const ended = killed.status === 0 && killed.calls.length < kill.call;
    assert.ok(
      killed.signal === "SIGKILL" || killed.status === 137 || ended,
      `killed ${place}: ${killed.status}: ${killed.stdout}${killed.stderr}`,
    );
    try {
      assert.match(await node.applied(change.again(round)), /^applied: /);
      const state = readdirSync(join(node.root, "var/lib/cluster-security")).sort();
      assert.deepEqual(state, ["backups", "files", "lock"]);
      await change.check(round);
    } catch (error) {
      throw new Error(`after a kill ${place}: ${(error as Error).message}`, { cause: error });
    }
  }
}
