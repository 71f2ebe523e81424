import { choice } from "../../components/common/mend.js";
import { withoutRefusedMends } from "./mends.js";
import { giveCommand } from "./missing.js";
import { plainSecrets, plainTokens } from "./plainSecrets.js";
import { keyOf, problemsOf } from "./problems.js";
import { crossFieldProblems, type Problem } from "./rules/index.js";
import { settingsSchema, type Settings } from "./schema.js";

/** Sealed as in a stack's file, where text would be readable, or decrypted as the engine gives them. */
export type SecretsForm = "sealed" | "decrypted";

/** What came of raw settings. */
export interface Judged {
  /** The settings, if each is well-formed. */
  settings?: Settings;
  /** What is wrong with them; each mend that is offered is accepted. */
  problems: Problem[];
  /** Secrets that are given as text. */
  texts: Problem["path"][];
}

/** Parses raw settings, and judges them by the rules between them. */
export function judged(raw: unknown, stack: string, secrets: SecretsForm): Judged {
  const { settings, problems } = checked(raw);
  const wrong = new Set(problems.map(({ path }) => keyOf(path)));
  // What is malformed has to be given anew anyway.
  const texts = plainSecrets(raw).filter((path) => !wrong.has(keyOf(path)));
  if (secrets === "sealed") problems.unshift(...texts.map((path) => plainSecret(path, stack)));
  for (const path of plainTokens(raw).filter((path) => !wrong.has(keyOf(path))))
    problems.unshift({
      path,
      message: "a token or a private key stands in this text, for all who read the file",
      mend: choice("take it out, and have its issuer revoke it"),
    });
  return {
    settings,
    problems: withoutRefusedMends(raw, problems, (mended) => checked(mended).problems),
    texts,
  };
}

function checked(raw: unknown): { settings?: Settings; problems: Problem[] } {
  const { data, error } = settingsSchema.safeParse(raw, { reportInput: true });
  return data
    ? { settings: data, problems: crossFieldProblems(data) }
    : { problems: problemsOf(error, settingsSchema) };
}

function plainSecret(path: Problem["path"], stack: string): Problem {
  const command = giveCommand(keyOf(path), stack);
  return {
    path,
    message: "a secret stands in plain text, for all who read the file",
    mend: choice(`take it out and seal it, a new one where it can be changed: ${command}`),
  };
}
