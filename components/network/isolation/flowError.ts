/** A flow that cannot be read or resolved. The message says what is wrong and how to mend it. */
export class FlowError extends Error {
  override readonly name = "FlowError";
}
