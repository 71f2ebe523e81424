import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { skip } from "../../kit/skip.js";

const cache = fileURLToPath(new URL("../../../.cache/bin/", import.meta.url));

/** Path of a Kubernetes program at the version the tests are written for; skips the test, saying why, without it. */
export function tool(test: Mocha.Context, name: string, version = "v1.36."): string {
  for (const path of [join(cache, name), name]) {
    if (path !== name && !existsSync(path)) continue;
    try {
      const args = name === "kubeadm" ? ["version", "-o", "short"] : ["--version"];
      if (execFileSync(path, args, { encoding: "utf8" }).includes(version)) return path;
    } catch {
      // Not there, or not runnable here.
    }
  }
  return skip(test, `no ${name} ${version}x in .cache/bin or on PATH`);
}

/** Runs kubeadm on a configuration, as an ordinary user and without touching this machine; gives what it wrote. */
export function runKubeadm(kubeadm: string, configuration: string, args: string[]): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "kubeadm-"));
  try {
    const config = join(folder, "kubeadm.yaml");
    writeFileSync(config, configuration);
    execFileSync(kubeadm, [...args, "--config", config], {
      env: { ...process.env, KUBEADM_INIT_DRYRUN_DIR: folder },
      stdio: "pipe",
    });
    const files = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "config"];
    return Object.fromEntries(
      files
        .map((file) => [file, join(folder, `${file}.yaml`)] as const)
        .filter(([, path]) => existsSync(path))
        .map(([file, path]) => [file, readFileSync(path, "utf8")]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The flags of a static pod's manifest. */
export function flagsOf(manifest: string): Record<string, string> {
  const command = parse(manifest).spec.containers[0].command as string[];
  return Object.fromEntries(
    command.slice(1).map((argument) => {
      const at = argument.indexOf("=");
      return [argument.slice(2, at), argument.slice(at + 1)];
    }),
  );
}
