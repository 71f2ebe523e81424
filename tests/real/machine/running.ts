import assert from "node:assert/strict";
import { auditLogPath } from "../../../components/control-plane/hardening/apiServer.js";
import type { CommandFailed } from "../../../cli/kit/run.js";
import { apply } from "../../../cli/lab/node/cluster.js";
import type { RealNode } from "../../../cli/lab/node/realNode.js";
import { outages } from "./outage.js";

export const print = (line: string) => console.log(`      ${line}`);

/** What became of a bundle that was applied. */
export interface Applied {
  /** The last line, or what it failed with. */
  result: string | CommandFailed;
  /** Seconds for which the API server was away: one number for each time. */
  away: number[];
}

/** The API server is not restarted in less than this; a machine under load makes it late. */
const seconds = 5;

/** Fails where the API server was away for longer than a late answer. */
export function assertStayed(away: number[]): void {
  assert.ok(
    away.every((time) => time < seconds),
    `the API server was away for ${away.map((time) => time.toFixed(1)).join(", ")} s`,
  );
}

/** The one node of a cluster while its node files are changed. */
export class ChangingNode {
  constructor(
    readonly node: RealNode,
    readonly name: string,
    private readonly address: string,
  ) {}

  /** Does something and prints how long it took and how long the API server was away, which it returns. */
  async measured(what: string, work: () => Promise<void>): Promise<number[]> {
    const start = performance.now();
    const away = await outages(this.node, this.address, work);
    const took = ((performance.now() - start) / 1000).toFixed(0);
    const times = away.map((time) => `${time.toFixed(0)} s`).join(", ") || "never";
    print(`${what}: ${took} s, the API server away: ${times}`);
    return away;
  }

  /** Applies a bundle; see {@link measured}. */
  async apply(what: string, bundle: Buffer): Promise<Applied> {
    let result: Applied["result"] = "";
    const away = await this.measured(what, async () => {
      result = await apply(this.node, this.name, bundle).catch((error: CommandFailed) => error);
    });
    return { result, away };
  }

  /** Applies a bundle that is refused before anything is changed; nothing is away and nothing restarts. */
  async refuses(what: string, bundle: Buffer, reason: RegExp): Promise<void> {
    const before = await this.everything();
    const { result, away } = await this.apply(what, bundle);
    assert.ok(typeof result === "object", `it was applied: ${String(result)}`);
    print(result.stderr.trim().split("\n").join("\n      "));
    assert.match(result.stderr, reason);
    assertStayed(away);
    assert.equal(await this.everything(), before);
  }

  /** Files, ConfigMaps and processes: what a change must leave as it was where it is refused. */
  async everything(): Promise<string> {
    return (await this.settled()) + (await this.sh("pidof kube-apiserver etcd kubelet"));
  }

  /** Files and ConfigMaps: what a change must leave as it was where it is taken back. */
  async settled(): Promise<string> {
    const files = "find /etc/kubernetes /var/lib/kubelet/config.yaml -type f -exec sha256sum {} + | sort -k2";
    const map = (key: string) =>
      `kubectl --namespace kube-system get configmap ${key} --output jsonpath='{.data}'`;
    const found = await this.sh(`${files}; ${map("kubeadm-config")}; ${map("kubelet-config")}`);
    // An empty list and none are the same to kubeadm.
    return found.replaceAll("\\n  extraVolumes: []", "");
  }

  /** Program and arguments of a component's process, one a line. */
  commandLine(component: string): Promise<string> {
    return this.sh(`tr '\\0' '\\n' <"/proc/$(pidof ${component})/cmdline"`);
  }

  /** How etcd has a Secret of namespace default: its bytes as text. */
  async stored(secret: string): Promise<string> {
    const pki = "/etc/kubernetes/pki/etcd";
    const { stdout } = await this.node.run([
      ...["kubectl", "--namespace", "kube-system", "exec", `etcd-${this.name}`, "--", "etcdctl"],
      ...[`--cacert=${pki}/ca.crt`, `--cert=${pki}/server.crt`, `--key=${pki}/server.key`],
      ...["get", "--print-value-only", `/registry/secrets/default/${secret}`],
    ]);
    return stdout;
  }

  /** Level at which the last request about an object of namespace default was logged; undefined if none was. */
  async auditLevel(kind: "secrets" | "configmaps", name: string): Promise<string | undefined> {
    const lines = await this.sh(`grep '"resource":"${kind}"' ${auditLogPath} | grep '"name":"${name}"' || :`);
    const last = lines.trimEnd().split("\n").at(-1)!;
    return last === "" ? undefined : (JSON.parse(last) as { level: string }).level;
  }

  /** What the kubelet runs with. */
  async kubelet(): Promise<Record<string, unknown>> {
    const { stdout } = await this.node.run([
      ...["kubectl", "get", "--raw", `/api/v1/nodes/${this.name}/proxy/configz`],
    ]);
    return (JSON.parse(stdout) as { kubeletconfig: Record<string, unknown> }).kubeletconfig;
  }

  async sh(script: string): Promise<string> {
    return (await this.node.run(["sh", "-ec", script])).stdout;
  }
}
