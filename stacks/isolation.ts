import type * as pulumi from "@pulumi/pulumi";
import { hubblePods } from "../components/network/ciliumFlows.js";
import { byNamespace } from "../components/network/isolation/flow.js";
import { NamespaceIsolation } from "../components/network/isolation/namespaceIsolation.js";
import { PodIsolation } from "../components/network/isolation/podIsolation.js";
import { sealedSecretsPods } from "../components/secrets/sealedSecretsFlows.js";
import { enforcementOf, isolatedNamespaces, ownFlows, settingsFlows, systemNamespace } from "./flows.js";
import type { Settings } from "./settings/schema.js";

/** Isolates the namespaces of the settings, and the pods of this stack in kube-system. */
export function isolate(settings: Settings, opts: pulumi.ComponentResourceOptions): void {
  const enforcement = enforcementOf(settings);
  const flows = [
    ...ownFlows(settings),
    // parseSettings has refused what cannot be resolved.
    ...settingsFlows(settings).filter((flow) => typeof flow !== "string"),
  ];
  const found = byNamespace(flows);
  for (const namespace of isolatedNamespaces(settings)) {
    new NamespaceIsolation(
      `isolation-${namespace}`,
      { namespace, flows: found.get(namespace) ?? [], enforcement },
      opts,
    );
  }
  new PodIsolation(
    "isolation-system-pods",
    {
      namespace: systemNamespace,
      pods: [
        sealedSecretsPods(systemNamespace),
        ...(settings.network.hubble ? hubblePods(systemNamespace) : []),
      ],
      flows: found.get(systemNamespace) ?? [],
      enforcement,
    },
    opts,
  );
}
