import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { addOnNamespaces } from "../../../../components/common/addOnNamespaces.js";
import { harborService, harborTlsSecret } from "../../../../components/registry/harborValues.js";
import type { Settings } from "../../../../stacks/settings/index.js";
import type { RealNode } from "../realNode.js";
import { apply, ready } from "./kubectl.js";
import { traefikImage } from "./traefik.js";

const template = fileURLToPath(new URL("harborStandIn.yaml", import.meta.url));

/**
 * What stands behind the Gateway in Harbor's place, in YAML; undefined where no server of Harbor's ends TLS. Namespace and
 * certificate are the stack's.
 */
export function harborStandIn({ registry }: Settings): string | undefined {
  if (!registry.enabled || registry.tlsAt !== "nginx") return undefined;
  const { name: portName, port } = harborService.https;
  const values = {
    image: traefikImage,
    secret: harborTlsSecret,
    service: harborService.name,
    portName,
    port,
  };
  return Object.entries(values).reduce(
    (text, [name, value]) => text.replaceAll(`\${${name}}`, String(value)),
    readFileSync(template, "utf8"),
  );
}

/** Installs it, where there is to be one, and waits until it is ready. */
export async function installHarborStandIn(node: RealNode, settings: Settings): Promise<void> {
  const objects = harborStandIn(settings);
  if (!objects) return;
  await apply(node, objects);
  await ready(node, addOnNamespaces.harbor, "deployment/harbor-stand-in");
}
