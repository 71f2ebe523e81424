/** A mistake or a lack that the user can mend: the message is all there is to print, no stack trace. */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** Wrong usage of a command: its help is printed as well. */
export class UsageError extends UserError {}
