import { userNamespaceProblem } from "../../../../cli/lab/sealedSecrets/userNamespaces.js";
import { debian } from "../../../../cli/test/packages.js";

/** Fails, with the way to mend it, where a node cannot be made: a suite that passes by doing nothing proves nothing. */
export function requireMachine(): void {
  for (const program of ["unshare", "nsenter", "setpriv", "ip", "flock", "sshd"]) debian(program);
  const problem = userNamespaceProblem();
  if (problem) throw new Error(`the tests of a node need namespaces: ${problem}`);
}
