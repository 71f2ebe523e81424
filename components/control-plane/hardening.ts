import { apiServerMeasures } from "./hardening/apiServer.js";
import { kubeletMeasures } from "./hardening/kubelet.js";
import type { HardenedComponent, HardeningArgs, Measure } from "./hardening/measure.js";
import {
  controllerManagerMeasures,
  etcdMeasures,
  kubeProxyMeasures,
  schedulerMeasures,
} from "./hardening/otherComponents.js";

/** A measure of the list and the process it is about. */
export type HardeningItem = Measure & { component: HardenedComponent };

/**
 * The hardening of a control-plane node: every check of the CIS Kubernetes Benchmark 1.12 that is about a flag or a
 * kubelet setting (1.2, 1.3, 1.4, 2, 3.2, 4.2, 4.3; as kube-bench runs them), each with its value or the reason why it is
 * left out. The kubeadm configuration is made from it, so what is listed is what runs.
 */
export function hardening(args: HardeningArgs): HardeningItem[] {
  const lists: Record<HardenedComponent, Measure[]> = {
    apiserver: apiServerMeasures(args),
    controllerManager: controllerManagerMeasures,
    scheduler: schedulerMeasures,
    etcd: etcdMeasures,
    kubelet: kubeletMeasures,
    kubeProxy: kubeProxyMeasures,
  };
  return Object.entries(lists).flatMap(([component, measures]) =>
    measures.map((measure) => ({ ...measure, component: component as HardenedComponent })),
  );
}

/** The flags this program gives to a process. */
export function programFlags(items: HardeningItem[], component: HardenedComponent): Record<string, string> {
  return Object.assign(
    {},
    ...items.map((item) =>
      item.component === component && "flags" in item && item.setBy === "program" ? item.flags : {},
    ),
  ) as Record<string, string>;
}

/** The configuration fields this program gives to a process. */
export function programFields(
  items: HardeningItem[],
  component: HardenedComponent,
): Record<string, string | number | boolean> {
  return Object.assign(
    {},
    ...items.map((item) =>
      item.component === component && "fields" in item && item.setBy === "program" ? item.fields : {},
    ),
  ) as Record<string, string | number | boolean>;
}
