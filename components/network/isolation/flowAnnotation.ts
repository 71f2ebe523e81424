/** Annotation of a policy with the sentences of the settings that it is made from, one per line. */
const flowAnnotation = "cluster-security/flow";

/** Bytes of sentences at most. Kubernetes allows 256 KiB for all annotations of an object together. */
const limit = 16 * 1024;

/** Returns the annotations of a policy that is made from the sentences. What exceeds 16 KiB is only counted. */
export function flowAnnotations(sentences: readonly string[]): Record<string, string> {
  let length = 0;
  const fitting = sentences.filter((sentence) => (length += Buffer.byteLength(sentence) + 1) <= limit);
  const rest = sentences.length - fitting.length;
  return { [flowAnnotation]: [...fitting, ...(rest > 0 ? [`and ${rest} more`] : [])].join("\n") };
}

/** Returns the sentences in the annotations of a policy. */
export function annotatedFlows(annotations: Readonly<Record<string, string>> = {}): string[] {
  return annotations[flowAnnotation]?.split("\n") ?? [];
}
