import assert from "node:assert/strict";
import { ApiError } from "../../../../cli/kit/kubernetes/apiError.js";
import { isPassing } from "../../../../cli/lab/apply/passing.js";
import { CommandFailed } from "../../../../cli/kit/run.js";

describe("a failure that passes by itself", () => {
  const network = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:6443`), { code });
  const cases: { error: Error; passes: boolean }[] = [
    { error: network("ECONNREFUSED"), passes: true },
    { error: network("ECONNRESET"), passes: true },
    { error: network("EPIPE"), passes: true },
    { error: network("ENOTFOUND"), passes: false },
    { error: new Error("socket hang up"), passes: true },
    { error: new Error("no such thing"), passes: false },
    { error: new ApiError(429, "too many requests"), passes: true },
    { error: new ApiError(503, "the server is currently unable to handle the request"), passes: true },
    { error: new ApiError(500, "etcdserver: leader changed"), passes: true },
    { error: new ApiError(500, "internal error: nil pointer"), passes: false },
    { error: new ApiError(422, 'field "connection refused" is immutable'), passes: false },
    { error: new ApiError(404, 'secrets "x" not found'), passes: false },
    {
      error: new CommandFailed(
        'error: Get "https://127.0.0.1:1/api": dial tcp 127.0.0.1:1: connect: connection refused',
      ),
      passes: true,
    },
    { error: new CommandFailed('Get "https://127.0.0.1:1/x": unexpected EOF'), passes: true },
    { error: new CommandFailed('Get "https://127.0.0.1:1/x": EOF'), passes: true },
    { error: new CommandFailed("error: timed out waiting for the condition"), passes: false },
    { error: new CommandFailed("job fix-2 failed: DeadlineExceeded"), passes: false },
  ];
  for (const { error, passes } of cases) {
    it(`${passes ? "is" : "is not"}: ${error.message}`, () => assert.equal(isPassing(error), passes));
  }
});
