import assert from "node:assert/strict";
import { isPrivateAddress } from "../../../cli/verify/checks/access/exposure.js";

describe("an address", () => {
  const cases: [address: string, isPrivate: boolean][] = [
    ["192.168.1.133", true],
    ["10.0.0.1", true],
    ["172.31.0.1", true],
    ["172.32.0.1", false],
    ["127.0.0.1", true],
    ["169.254.1.1", true],
    ["100.64.0.1", true],
    ["192.0.2.10", true],
    ["8.8.8.8", false],
    ["203.0.114.1", false],
    ["::1", true],
    ["fd00::3", true],
    ["fe80::1", true],
    ["2a01:4f8::1", false],
    ["::ffff:8.8.8.8", false],
    ["::ffff:10.0.0.1", true],
  ];
  for (const [address, isPrivate] of cases) {
    it(`${address} is ${isPrivate ? "private" : "public"}`, () =>
      assert.equal(isPrivateAddress(address), isPrivate));
  }
});
