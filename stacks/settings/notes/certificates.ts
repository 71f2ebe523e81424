import { didYouMean, mendWords } from "../../../components/common/mend.js";
import { nearest } from "../../../components/common/nearest.js";
import { exemption } from "../../../components/network/isolation/exempt.js";
import { namedNamespaces } from "../derived/namespaces.js";
import type { Settings } from "../schema.js";

/** Certificates that wait for something that nothing here makes. */
export function certificateNotes(settings: Settings): string[] {
  const known = namedNamespaces(settings);
  return settings.certificates.certificates.flatMap(({ namespace }, index) => {
    // The exempt ones are those of every cluster.
    if (known.includes(namespace) || exemption(namespace) !== undefined) return [];
    const mend = mendWords(didYouMean(nearest(namespace, known))) || "; it has to exist before pulumi up.";
    return [
      `certificates.certificates[${index}] lies in ${namespace}, a namespace that is not named elsewhere and not made here${mend}`,
    ];
  });
}
