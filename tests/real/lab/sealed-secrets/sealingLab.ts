import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabControlPlane } from "../../../../cli/lab/cluster/labControlPlane.js";
import { kubectlWith, type Kubectl } from "../../../../cli/lab/kubectl.js";
import { processName, type RunningController } from "../../../../cli/lab/sealedSecrets/controller.js";
import { startSealedSecrets } from "../../../../cli/lab/sealedSecrets/sealedSecrets.js";
import type { Finding } from "../../../../cli/verify/claim.js";
import type { PlainSecret } from "../../../../cli/verify/checks/secrets/seal.js";
import { differingKeys, sealingClaims } from "../../../../cli/verify/claims/sealing.js";
import type { Target } from "../../../../cli/verify/cluster/target.js";
import { secretsInGit } from "../../../../cli/verify/claims/secretsInGit.js";
import { readSettings } from "../../../../cli/kit/settings.js";
import { openTarget } from "../../../../cli/verify/cluster/target.js";
import { unsealed } from "./gitOps.js";
import { binaries, startControlPlane } from "./lab.js";
import type { Needles } from "./needles.js";
import { SealingState } from "./sealingState.js";

/** A value that is nowhere else. */
export const random = () => randomBytes(12).toString("hex");
/** What must be found in no file and no process. */
export const needles: Needles = {
  POSTGRES_HOST: random(),
  POSTGRES_USER: random(),
  POSTGRES_PASSWORD: random(),
  BACKEND_SECRET: random(),
  TOKEN: random(),
};
export const backstage = {
  name: "backstage-db",
  namespace: "backstage",
  values: {
    POSTGRES_HOST: `${needles["POSTGRES_HOST"]}.postgres.svc.cluster.local`,
    POSTGRES_PORT: "5432",
    POSTGRES_USER: needles["POSTGRES_USER"]!,
    POSTGRES_PASSWORD: ` "ü' $(${needles["POSTGRES_PASSWORD"]})\n=\\`,
    BACKEND_SECRET: needles["BACKEND_SECRET"]!,
  } as Record<string, string>,
};
export const newer = {
  name: "backstage-token",
  namespace: "backstage",
  values: { TOKEN: needles["TOKEN"]! },
};

const everySealedSecret = secretsInGit.claims.find(({ claim }) => claim.startsWith("Every SealedSecret"))!;
export const keyLabel = "sealedsecrets.bitnami.com/sealed-secrets-key";
export const ours = ["sealed-secrets-key-first", "sealed-secrets-key-second"];

/** Clusters with a Sealed Secrets controller, one after the other, on the state of one stack. */
export class SealingLab {
  readonly suite = `sealing-${process.pid}`;
  readonly state = new SealingState();
  /** What Git has of them. */
  readonly git: Record<string, string> = {};
  plane!: LabControlPlane;
  kubectl!: Kubectl;
  controller!: RunningController;
  certificates!: string[];

  /** Brings the key pairs of the state into the cluster, as `pulumi up` does. */
  async up(keys: string[]): Promise<void> {
    const { secrets, certificates: all } = await this.state.up(keys);
    this.certificates = all;
    for (const secret of secrets) await this.apply(secret);
  }

  async apply(object: object): Promise<void> {
    const apply = ["apply", "--server-side", "--field-manager=test", "--filename", "-"];
    await this.kubectl(apply, { input: JSON.stringify(object) });
  }

  async newCluster(name: string, keys: string[]): Promise<void> {
    this.plane = await startControlPlane(`${this.suite}-${name}`);
    this.kubectl = kubectlWith(binaries("kubectl"), this.plane.paths.kubeconfig);
    await this.up(keys);
  }

  /** Starts the controller and tells which definition the cluster has. */
  async start(folder?: string): Promise<string> {
    const started = await startSealedSecrets(this.plane, binaries, { crds: folder });
    assert.ok("controller" in started);
    this.controller = started.controller;
    return started.definition;
  }

  pid(): number {
    return (
      JSON.parse(readFileSync(join(this.plane.paths.processes, `${processName}.json`), "utf8")) as {
        pid: number;
      }
    ).pid;
  }

  async activeKeys(): Promise<string[]> {
    const list = ["get", "secret", "-n", "kube-system", "-l", `${keyLabel}=active`, "-o", "name"];
    return (await this.kubectl(list))
      .trim()
      .split("\n")
      .map((name) => name.replace("secret/", ""));
  }

  async assertUnsealed(secret: PlainSecret): Promise<void> {
    assert.deepEqual(differingKeys(secret.values, await unsealed(this.kubectl, secret)), [], secret.name);
  }

  /** What verify says about this cluster, claim by claim. */
  async verify(sealingCertificates?: string[], further: Partial<Target> = {}) {
    const { kubeconfig } = this.plane.paths;
    const { standIn } = this.controller;
    const target: Target = {
      ...(await openTarget({ settings: (await readSettings("musashi")).settings, kubeconfig })),
      sealingCertificates,
      kubeseal: binaries("kubeseal"),
      standInRights: standIn && `ServiceAccount ${standIn.namespace}/${standIn.name}`,
      ...further,
    };
    try {
      const findings: Finding[] = [];
      for (const { check } of [...sealingClaims, everySealedSecret]) findings.push(await check(target));
      const [held, renewal, probe, every] = findings;
      return { held: held!, renewal: renewal!, probe: probe!, every: every! };
    } finally {
      await target.scratch.remove();
    }
  }

  /** One line from the middle of each private key. */
  async privateKeys(): Promise<Needles> {
    const { secrets } = await this.state.up(["first", "second"]);
    return Object.fromEntries(
      secrets.map(({ metadata, stringData }) => [
        metadata.name as string,
        (stringData["tls.key"] as string).split("\n")[20]!,
      ]),
    );
  }
}

export const logOf = (plane: LabControlPlane) =>
  readFileSync(join(plane.paths.logs, `${processName}.log`), "utf8");

export const configMap = (name: string, value: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});

/** Tries until it does not throw, for at most 20 s. */
export async function eventually(attempt: () => unknown): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(200);
    }
  }
}
