import assert from "node:assert/strict";
import { certManagerFlows } from "../../../components/certificates/certManagerFlows.js";

describe("certManagerFlows", () => {
  const udp = { number: 53, protocol: "UDP" };
  const tcp = { number: 53, protocol: "TCP" };
  const cases: [resolver: string, cidr: string, ports: { number: number; protocol: string }[]][] = [
    ["1.1.1.1:53", "1.1.1.1/32", [udp, tcp]],
    ["[2606:4700::1111]:53", "2606:4700::1111/128", [udp, tcp]],
    ["https://1.1.1.1/dns-query", "1.1.1.1/32", [{ number: 443, protocol: "TCP" }]],
    ["https://[2606:4700::1111]/dns-query", "2606:4700::1111/128", [{ number: 443, protocol: "TCP" }]],
  ];
  for (const [resolver, cidr, ports] of cases) {
    it(`opens the way to ${resolver}, and no other port of it`, () => {
      const flows = certManagerFlows({
        namespace: "cert-manager",
        acmeEnvironment: "production",
        recursiveNameservers: [resolver],
      });
      const found = flows.filter(({ to }) => to.kind === "networks");
      assert.deepEqual(
        found.map(({ to, ports }) => ({ to, ports })),
        [{ to: { kind: "networks", cidrs: [cidr] }, ports }],
      );
    });
  }
});
