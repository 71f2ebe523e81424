/** Passwords that anybody can read in a chart or a program's source, and where they come from. */
const published: Record<string, string> = {
  Harbor12345: "Harbor's chart",
  "not-a-secure-key": "Harbor's chart",
  harbor_registry_password: "Harbor's chart",
  changeit: "Harbor's chart",
  "static-passw0rd": "Velero",
};

/** Who publishes this password, if it is a published one. */
export function publishedBy(text: string): string | undefined {
  return Object.hasOwn(published, text) ? published[text] : undefined;
}
