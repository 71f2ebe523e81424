import { X509Certificate } from "node:crypto";
import type { Finding } from "../../../../cli/verify/claim.js";
import { sealingClaims } from "../../../../cli/verify/claims/sealing.js";
import type { Target } from "../../../../cli/verify/cluster/target.js";
import { keyPair, type TestPair } from "../../../components/secrets/keyPairs.js";
import { fakeTarget, type Answer, type FakeOptions } from "../../../cli/verify/fakeTarget.js";

export const older = keyPair("2026-01-01T00:00:00Z");
export const newer = keyPair("2026-02-01T00:00:00Z");
export const foreign = keyPair("2026-03-01T00:00:00Z");
export const certificate = ({ certificate }: TestPair) => new X509Certificate(certificate);

export const keySecret = (name: string, pair: TestPair) => ({
  metadata: { name, namespace: "kube-system" },
  data: { "tls.crt": btoa(pair.certificate), "tls.key": btoa(pair.privateKey) },
});

/** A cluster that answers these paths and has nothing else. */
export const cluster = (answers: Record<string, Answer>, further: FakeOptions = {}) =>
  fakeTarget(answers, further);
export const secrets = "/api/v1/namespaces/kube-system/secrets";

/** The checks of the claims about sealing. */
export const [held, renewal, unsealing] = sealingClaims.map(({ check }) => check) as ((
  target: Target,
) => Promise<Finding>)[];
