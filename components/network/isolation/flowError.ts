import { mendWords, type Mend } from "../../common/mend.js";

/** A flow that cannot be read or resolved. The message says what is wrong and how to mend it. */
export class FlowError extends Error {
  override readonly name = "FlowError";

  constructor(
    readonly problem: string,
    readonly mend?: Mend,
  ) {
    super(problem + mendWords(mend));
  }
}
