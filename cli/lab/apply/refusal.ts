import type { Values } from "../../plan/providers/standIn.js";
import { ApiError } from "../../kit/kubernetes/apiError.js";
import { nameOf } from "./wait.js";

/** Says what to do about a refusal, where the API server's own words do not. */
export async function refusing(object: Values, work: () => Promise<Values>): Promise<Values> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const advice =
      error.code === 409 && error.message.includes("conflict")
        ? 'Somebody else has set these fields since. To take them over, annotate the object with pulumi.com/patchForce: "true".'
        : /immutable|updates to .* are forbidden|may not be (changed|updated)/i.test(error.message)
          ? "This cannot be changed in an object that exists; replace it: pulumi up --replace <urn>, or replaceOnChanges."
          : undefined;
    throw new Error([`${nameOf(object)}: ${error.message}`, ...(advice ? [advice] : [])].join("\n"));
  }
}
