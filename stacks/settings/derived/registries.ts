import { addOnRegistries } from "../../../components/access/addOns.js";
import type { Settings } from "../schema.js";
import { harborHostname } from "./hostname.js";

/** Registries that admission takes images from. */
export function admittedRegistries(settings: Settings): string[] {
  const { access, registry } = settings;
  return [
    ...(registry.enabled ? [harborHostname(settings)] : []),
    ...addOnRegistries,
    ...access.admission.registries,
  ];
}
