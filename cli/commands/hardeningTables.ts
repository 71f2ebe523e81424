import { readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { hardeningPage } from "../../stacks/hardeningPage.js";

/** `npm run hardening-tables`: writes the tables of docs/hardening.md, from the list the kubeadm configuration is made of. */
const file = new URL("../../docs/hardening.md", import.meta.url);
writeFileSync(
  file,
  await format(hardeningPage(readFileSync(file, "utf8")), { parser: "markdown", printWidth: 110 }),
);
console.log("wrote docs/hardening.md");
