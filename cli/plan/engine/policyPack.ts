import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOnPath } from "../../kit/toolchain/tool.js";
import { hasLanguageHost } from "./engine.js";

/** A policy pack that runs, or that the engine will start by itself. */
export interface StartedPack {
  /** Environment that leads the engine to it. */
  env: Record<string, string>;
  stop(): void;
}

/**
 * Starts a policy pack ahead of the engine, which starts packs one second before it starts the program and waits. With
 * a language host the engine does it alone.
 *
 * @param pack Folder of the pack.
 * @param folder Folder of the run.
 */
export function startPolicyPack(pack: string, folder: string): StartedPack {
  if (hasLanguageHost()) return { env: {}, stop: () => {} };
  const path = join(folder, "policy-pack");
  mkdirSync(path, { recursive: true });
  const [port, errors] = ["port", "errors"].map((name) => openSync(join(path, name), "w"));
  // It dies with this process, even where that is killed (prctl(2), PR_SET_PDEATHSIG); only Linux has setpriv.
  const setpriv = findOnPath("setpriv");
  const dying = setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL"];
  const [program, ...args] = [...dying, process.execPath, "."];
  const child = spawn(program, args, { cwd: pack, stdio: ["ignore", port, errors] });
  for (const file of [port, errors]) closeSync(file!);
  writeFileSync(join(path, "pid"), String(child.pid));
  const stop = () => void child.kill();
  process.once("exit", stop);
  return {
    env: { POLICY_PACK_FOLDER: path },
    stop: () => {
      process.off("exit", stop);
      stop();
    },
  };
}
