/** Something that keeps the cluster from being checked and that the user can mend; the message says how. */
export class VerifyError extends Error {
  override readonly name: string = "VerifyError";
}
