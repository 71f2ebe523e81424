import { X509Certificate } from "node:crypto";
import type { ApiRequest } from "../../../../cli/kit/kubernetes/api.js";
import type { Finding } from "../../../../cli/verify/claim.js";
import { sealingClaims } from "../../../../cli/verify/claims/sealing.js";
import type { Target } from "../../../../cli/verify/cluster/target.js";
import { keyPair, type TestPair } from "../../../components/secrets/keyPairs.js";

export const older = keyPair("2026-01-01T00:00:00Z");
export const newer = keyPair("2026-02-01T00:00:00Z");
export const foreign = keyPair("2026-03-01T00:00:00Z");
export const certificate = ({ certificate }: TestPair) => new X509Certificate(certificate);

export const keySecret = (name: string, pair: TestPair) => ({
  metadata: { name, namespace: "kube-system" },
  data: { "tls.crt": btoa(pair.certificate), "tls.key": btoa(pair.privateKey) },
});

/** A cluster that answers these paths and has nothing else. */
export function cluster(answers: Record<string, unknown>, further: Partial<Target> = {}): Target {
  const request = ({ path }: ApiRequest) => {
    const found = Object.entries(answers).find(([start]) => path.split("?")[0] === start);
    return Promise.resolve({
      status: found ? 200 : 404,
      body: JSON.stringify(found?.[1] ?? {}),
      auditId: undefined,
    });
  };
  const target = { api: { server: new URL("https://lab"), request }, recorded: new Set(), ...further };
  return target as unknown as Target;
}
export const secrets = "/api/v1/namespaces/kube-system/secrets";

/** The checks of the claims about sealing. */
export const [held, renewal, unsealing] = sealingClaims.map(({ check }) => check) as ((
  target: Target,
) => Promise<Finding>)[];
