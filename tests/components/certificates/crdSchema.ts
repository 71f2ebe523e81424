import { charts } from "../../../components/common/charts.js";
import { assertFitsCrd as assertFits } from "../../kit/crdSchema.js";

/** Fails unless the spec fits the CRD of that kind in the pinned cert-manager. */
export function assertFitsCrd(test: Mocha.Context, kind: string, spec: unknown): void {
  assertFits(test, `cert-manager-${charts["cert-manager"].version}`, kind, spec);
}
