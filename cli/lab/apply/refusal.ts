import type { Values } from "../../plan/providers/standIn.js";
import { ApiError } from "../../kit/kubernetes/apiError.js";
import { nameOf } from "./wait.js";

/** Says what to do about a refusal, where the API server's own words do not. */
export async function refusing(object: Values, work: () => Promise<Values>): Promise<Values> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const advice = adviceOn(error);
    throw new Error([`${nameOf(object)}: ${error.message}`, ...(advice ? [advice] : [])].join("\n"));
  }
}

function adviceOn({ reason, message }: ApiError): string | undefined {
  if (reason === "AlreadyExists") {
    return (
      "If a run that was killed made it, npm run doctor takes it into the state. " +
      "If somebody else did: delete it, import it, or set upsertExistingObjects of the provider."
    );
  }
  if (reason === "Conflict" && message.includes("conflict")) {
    return 'Somebody else has set these fields since. To take them over, annotate the object with pulumi.com/patchForce: "true".';
  }
  return /immutable|updates to .* are forbidden|may not be (changed|updated)/i.test(message)
    ? "This cannot be changed in an object that exists; replace it: pulumi up --replace <urn>, or replaceOnChanges."
    : undefined;
}
