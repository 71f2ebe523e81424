/** A mistake or a lack that the user can mend: the message is all there is to print, no stack trace. */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** What a server or the engine said is in the message; where in our code it was caught helps nobody. */
export function withoutTrace(error: Error): UserError {
  return new UserError(error.message, { cause: error });
}

/** Wrong usage of a command: its usage is printed as well. */
export class UsageError extends UserError {}
