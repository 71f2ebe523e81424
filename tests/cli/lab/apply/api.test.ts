import assert from "node:assert/strict";
import { secondsToRetry } from "../../../../cli/lab/apply/objectApi.js";

describe("a request to the API server", () => {
  const broken = (code: string) => Object.assign(new Error(code), { code });
  const cases: Record<
    string,
    { outcome: Parameters<typeof secondsToRetry>[0]; method?: string; seconds: number | undefined }
  > = {
    "a read whose connection broke is repeated": { outcome: broken("ECONNRESET"), seconds: 1 },
    "a write is not": { outcome: broken("ECONNRESET"), method: "PATCH", seconds: undefined },
    "nor is what found no server": { outcome: broken("ECONNREFUSED"), seconds: undefined },
    "what the server asks for once more is repeated when it says, a write as well": {
      outcome: { status: 429, retryAfter: 3 },
      method: "POST",
      seconds: 3,
    },
    "so it is while the server shuts down": { outcome: { status: 503, retryAfter: 1 }, seconds: 1 },
    "what it cannot do and does not ask for once more is not": {
      outcome: { status: 500 },
      seconds: undefined,
    },
    "nor what it has judged": { outcome: { status: 422, retryAfter: 1 }, seconds: undefined },
  };
  for (const [name, { outcome, method, seconds }] of Object.entries(cases)) {
    it(name, () => assert.equal(secondsToRetry(outcome, method), seconds));
  }
});
