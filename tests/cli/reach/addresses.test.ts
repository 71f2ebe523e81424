import assert from "node:assert/strict";
import { addressNames, cutAt, joined, parseRange, type AddressRange } from "../../../cli/reach/addresses.js";

const range = (text: string): AddressRange => parseRange(text)!;
const internet = [
  "1.0.0.0-9.255.255.255",
  "11.0.0.0-100.63.255.255",
  "100.128.0.0-126.255.255.255",
  "128.0.0.0-169.253.255.255",
  "169.255.0.0-172.15.255.255",
  "172.32.0.0-192.167.255.255",
  "192.169.0.0-223.255.255.255",
];

const cases: [ranges: string[], name: string][] = [
  [["0.0.0.0-255.255.255.255"], "any address"],
  [["0.0.0.0-1.1.1.0", "1.1.1.1-1.1.1.1", "1.1.1.2-255.255.255.255"], "any address"],
  [["8.8.8.8-8.8.8.8", "1.1.1.1-1.1.1.1"], "1.1.1.1, 8.8.8.8"],
  [["10.0.0.0-10.255.255.255"], "10.0.0.0/8"],
  [["10.0.0.1-10.0.0.6"], "10.0.0.1, 10.0.0.2/31, 10.0.0.4/31, 10.0.0.6"],
  [["0.0.0.0-9.255.255.255", "11.0.0.0-255.255.255.255"], "any address but 10.0.0.0/8"],
  [internet, "internet"],
  [
    internet.slice(1),
    "any address but 0.0.0.0/5, 8.0.0.0/7, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16, 224.0.0.0/3",
  ],
];

describe("addresses outside the cluster", () => {
  for (const [ranges, name] of cases) {
    it(`are called ${name}`, () => assert.equal(addressNames(ranges.map(range)), name));
  }

  it("are no names of pods", () => {
    for (const text of ["harbor/pod-1[Pod]", "1.2.3.4", "a-b", "1.2.3.4-1.2.3.999"]) {
      assert.equal(parseRange(text), undefined, text);
    }
  });

  it("are joined where they touch or overlap, and cut where others begin", () => {
    const ranges: AddressRange[] = [
      [7, 9],
      [1, 3],
      [4, 5],
      [8, 12],
    ];
    assert.deepEqual(joined(ranges), [
      [1, 5],
      [7, 12],
    ]);
    assert.deepEqual(cutAt([1, 9], [1, 4, 9, 10]), [
      [1, 3],
      [4, 8],
      [9, 9],
    ]);
  });
});
