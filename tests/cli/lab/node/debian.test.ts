import assert from "node:assert/strict";
import { withoutPasswords } from "../../../../cli/lab/node/debian.js";

describe("the mirror of a node's Debian packages", () => {
  it("is shown without the user and the password", () => {
    assert.equal(withoutPasswords("http://deb.debian.org/debian"), "http://deb.debian.org/debian");
    assert.equal(
      withoutPasswords("E: https://me:secret@mirror.example/debian and http://me@other.example/a@b"),
      "E: https://mirror.example/debian and http://other.example/a@b",
    );
  });
});
