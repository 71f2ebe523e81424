import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { binaries, type Lab } from "./lab.js";

/** Runs kubectl as the administrator of a lab. */
export class Kubectl {
  /** @param lab Asked for with each command, because a suite starts its lab later. */
  constructor(private readonly lab: () => Lab) {}

  /** @param input An object, given as JSON; text as it is. */
  run(command: string[], input?: unknown): SpawnSyncReturns<string> {
    const { kubeconfig } = this.lab().plane.paths;
    return spawnSync(binaries("kubectl"), ["--kubeconfig", kubeconfig, ...command], {
      input: typeof input === "string" ? input : JSON.stringify(input),
      encoding: "utf8",
    });
  }

  /** Returns what kubectl printed; fails with what it says. */
  done(command: string[], input?: unknown): string {
    const { status, stdout, stderr } = this.run(command, input);
    assert.equal(status, 0, stderr);
    return stdout;
  }
}
