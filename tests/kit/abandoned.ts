import { spawn } from "node:child_process";

/**
 * Has shell commands run when this process ends before it says that all is well, even when it is killed: what a test has
 * started must not outlive it.
 *
 * @returns Says that all is well; saying it again changes nothing.
 */
export function ifAbandoned(
  commands: string,
  { cwd, env = process.env }: { cwd: string; env?: NodeJS.ProcessEnv },
): () => void {
  // Not among its arguments, where a search for what is left would find the names in them.
  const guard = spawn("sh", ["-c", 'read -r _ || eval "$IF_ABANDONED"'], {
    cwd,
    env: { ...env, IF_ABANDONED: commands },
    // A group of its own, which a Ctrl-C does not reach.
    detached: true,
    // Its end of the pipe tells it that this process is gone.
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  return () => {
    if (guard.stdin.writable) guard.stdin.end("all is well\n");
  };
}
