import assert from "node:assert/strict";
import { answerOf, until } from "../../../cli/kit/until.js";

describe("waiting", () => {
  const answers = (...list: (string | false | undefined)[]) => {
    const left = [...list];
    return () => Promise.resolve(left.shift());
  };
  const options = { pause: 1 };

  it("ends with the first answer that is neither undefined nor false", async () => {
    assert.equal(await until(answers(undefined, false, "yes"), "late", options), "yes");
    assert.equal(await until(answers(""), "late", options), "");
  });

  it("asks at least once, and ends when the time is over", async () => {
    const none = { seconds: 0, pause: 1 };
    assert.equal(await answerOf(answers("yes"), none), "yes");
    assert.equal(await answerOf(answers(), none), undefined);
    await assert.rejects(until(answers(), "it is late", none), { message: "it is late" });
    await assert.rejects(
      until(answers(), () => Promise.resolve("what it has come to"), none),
      { message: "what it has come to" },
    );
  });

  it("ends with what asking throws", async () => {
    const broken = () => Promise.reject(new Error("it has ended"));
    await assert.rejects(until(broken, "late", options), { message: "it has ended" });
  });
});
