import { tmpdir } from "node:os";
import { kubernetes } from "../../../../cli/plan/providers/kubernetes/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";

const context = { urn: "urn:pulumi:s::p::t::x", type: "", name: "x" };

export async function check(object: Values, options: { crds?: string; cache?: string; type?: string } = {}) {
  const type = options.type ?? "kubernetes:core/v1:ConfigMap";
  const kind = kubernetes({ crds: options.crds, cache: options.cache ?? tmpdir() }).kind(type)!;
  const { failures, defaults } = await kind.check!(object, { ...context, type });
  return { lines: failures.map(({ property, reason }) => `${property}: ${reason}`), defaults };
}

export const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } };
export const issuer = { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name: "x" } };
