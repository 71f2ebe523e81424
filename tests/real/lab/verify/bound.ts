import type { Api } from "../../../../stacks/kubernetes/api.js";
import { create, remove } from "../../../../cli/verify/cluster/objects.js";

const bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

/** Binds a ClusterRole to a ServiceAccount for the time of the work. */
export async function whileBound(
  api: Api,
  role: string,
  namespace: string,
  name: string,
  work: () => Promise<void>,
): Promise<void> {
  await create(api, bindings, {
    metadata: { name: "too-much" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ kind: "ServiceAccount", namespace, name }],
  });
  try {
    await work();
  } finally {
    await remove(api, `${bindings}/too-much`);
  }
}
