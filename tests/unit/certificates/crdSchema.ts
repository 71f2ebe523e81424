import { charts } from "../../../components/charts.js";
import { assertFitsCrd as assertFits } from "../crdSchema.js";

/** Fails unless the spec fits the CRD of that kind in the pinned cert-manager. */
export function assertFitsCrd(test: Mocha.Context, kind: string, spec: unknown): void {
  assertFits(test, `cert-manager-${charts["cert-manager"].version}`, kind, spec);
}
