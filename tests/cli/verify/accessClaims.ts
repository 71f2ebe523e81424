import { fakeTarget, findingOf, type Answer, type FakeOptions } from "./fakeTarget.js";

export const find = (claim: string, answers: Record<string, Answer>, options?: FakeOptions) =>
  findingOf("Unauthorized cluster access", claim, fakeTarget(answers, options));
