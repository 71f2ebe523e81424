import assert from "node:assert/strict";
import fc from "fast-check";
import {
  everyPort,
  inBoth,
  isEveryPort,
  parsePorts,
  portNames,
  without,
  type PortRange,
} from "../../../cli/reach/ports.js";

const names: [analyzer: string, names: string[]][] = [
  ["TCP 80", ["80"]],
  ["TCP 80,443,8000-8010", ["80", "443", "8000-8010"]],
  ["SCTP 7,TCP 53,UDP 53", ["53", "7/SCTP", "53/UDP"]],
  ["TCP 1-65535", ["1-65535"]],
  ["All Connections", ["any"]],
  ["No Connections", []],
];

describe("ports of a connection", () => {
  for (const [text, expected] of names) {
    it(`${text} are ${expected.join(", ") || "none"}`, () =>
      assert.deepEqual(portNames(parsePorts(text)), expected));
  }

  it("are refused where they are not understood", () => {
    for (const text of ["", "80", "TCP http", "TCP 80,443 UDP"]) {
      assert.throws(() => parsePorts(text), {
        message: `netpol-analyzer wrote ports that are not understood: ${text}`,
      });
    }
  });

  it("are subtracted and intersected port by port", () => {
    const range = fc
      .tuple(fc.constantFrom("TCP", "UDP"), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 4 }))
      .map(([protocol, first, more]): PortRange => ({ protocol, first, last: first + more }));
    const ports = (ranges: readonly PortRange[]) =>
      new Set(
        ranges.flatMap(({ protocol, first, last }) =>
          Array.from({ length: last - first + 1 }, (_, index) => `${protocol} ${first + index}`),
        ),
      );
    fc.assert(
      fc.property(fc.array(range), fc.array(range), (a, b) => {
        const [all, others] = [ports(a), ports(b)];
        assert.deepEqual(ports(without(a, b)), new Set([...all].filter((port) => !others.has(port))));
        assert.deepEqual(ports(inBoth(a, b)), new Set([...all].filter((port) => others.has(port))));
      }),
    );
  });

  it("are every port only with every protocol", () => {
    assert.equal(isEveryPort(parsePorts("SCTP 1-65535,TCP 1-65535,UDP 1-65535")), true);
    assert.equal(isEveryPort(parsePorts("TCP 1-65535")), false);
    assert.equal(isEveryPort(without(everyPort, parsePorts("UDP 53"))), false);
  });
});
