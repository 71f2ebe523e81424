import { nearest } from "../../../components/common/nearest.js";
import { namedNamespaces } from "../derived/namespaces.js";
import { didYouMean } from "../fields/text.js";
import type { Settings } from "../schema.js";

/** Namespaces of every cluster. */
const always = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Certificates that wait for something that nothing here makes. */
export function certificateNotes(settings: Settings): string[] {
  const known = namedNamespaces(settings);
  return settings.certificates.certificates.flatMap(({ namespace }, index) => {
    if ([...known, ...always].includes(namespace)) return [];
    const mend = didYouMean(nearest(namespace, known)) || "; it has to exist before pulumi up.";
    return [
      `certificates.certificates[${index}] lies in ${namespace}, a namespace that is not named elsewhere and not made here${mend}`,
    ];
  });
}
