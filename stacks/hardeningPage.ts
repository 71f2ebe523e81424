import { encryptionConfigPath } from "../components/control-plane/encryptionAtRest.js";
import { hardening } from "../components/control-plane/hardening.js";
import { hardeningTables } from "../components/control-plane/hardening/table.js";
import { controlPlane } from "./settings/groups/controlPlane.js";

const marker = "<!-- tables -->\n";

/** The page docs/reference/hardening.md with the tables as they have to be, for the default settings. */
export function hardeningPage(page: string): string {
  const { audit } = controlPlane.parse({});
  const tables = hardeningTables(
    hardening({
      audit: { ...audit, policyPath: "/etc/kubernetes/audit/policy-HASH.yaml" },
      encryptionConfigPath,
      authenticationConfigPath: "/etc/kubernetes/authentication/authentication-HASH.yaml",
    }),
  );
  return `${page.slice(0, page.indexOf(marker) + marker.length)}\n${tables}`;
}
