/** What one rule of a policy says, in words; it is listed as it stands and takes no part in what is computed. */
export interface ListedRule {
  /** The policy, `harbor/core`, or its name alone where it holds in the whole cluster. */
  policy: string;
  kind: "allows" | "denies";
  /** The end whose policy it is. */
  subject: "from" | "to";
  from: string;
  to: string;
  /** As {@link portNames} has them; empty for every port. */
  ports: string[];
  /** Requests it narrows the connection to. */
  requests: string[];
}

/** The rules, each once, in order. */
export function inOrder(rules: readonly ListedRule[]): ListedRule[] {
  const key = ({ policy, kind, subject, from, to, ports, requests }: ListedRule) =>
    JSON.stringify([from, to, kind, ports, requests, policy, subject]);
  const byKey = new Map(rules.map((rule) => [key(rule), rule]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, rule]) => rule);
}
