import assert from "node:assert/strict";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";
import { authority, base64, derOf, secretFor } from "./pairs/certificateMaterial.js";
import {
  certificatePath as certificate,
  certificateSettings as settings,
  gateway,
  ready,
  showing,
  spec,
  webSecret,
} from "./pairs/expiredCertificates.js";

describe("Expired TLS certs: certificates", () => {
  const find = (answers: Record<string, Answer>, options: FakeOptions) =>
    findingOf(
      "Expired TLS certs",
      "Each certificate is Ready",
      fakeTarget(answers, { settings, ...options }),
    );

  it("are served by the Gateway as they are stored", async () => {
    const [web, stranger] = [await authority("CN=web"), await authority("CN=stranger")];
    const good = await secretFor(web, spec.dnsNames);
    const chained = base64({
      "tls.crt": `${Buffer.from(good["tls.crt"]!, "base64").toString()}\n${web.pem}`,
      "tls.key": Buffer.from(good["tls.key"]!, "base64").toString(),
    });
    const object = { [certificate]: named("web", { spec, status: ready }) };
    const own = derOf(good);
    const other = derOf(await secretFor(stranger, spec.dnsNames));
    const foreign = await secretFor(stranger, ["foreign.example.com"]);
    const old = await secretFor(stranger, spec.dnsNames, -90, -1);
    const early = await secretFor(stranger, spec.dnsNames, 1, 90);
    const listener = { tls: { certificateRefs: [{ name: "else", namespace: "apps" }] } };
    const elseHolding = (data: Record<string, string>) => ({
      ...gateway(listener),
      "/api/v1/namespaces/apps/secrets/else": { data },
    });
    const cases: [answers: Record<string, Answer>, shown: Buffer[], status: string, evidence: RegExp][] = [
      [gateway(), [], "failed", /example\.com shows no certificate$/],
      [
        { ...gateway(), [webSecret]: { data: chained } },
        own,
        "failed",
        /example\.com is served without the certificates between/,
      ],
      [{ ...gateway(), [webSecret]: { data: chained } }, derOf(chained), "proved", /serves them as stored/],
      [
        elseHolding(foreign),
        derOf(foreign),
        "failed",
        /example\.com is served with a certificate that is not for it$/,
      ],
      [
        elseHolding(early),
        derOf(early),
        "failed",
        /example\.com is served with a certificate that is not valid before /,
      ],
      [elseHolding(old), derOf(old), "failed", /example\.com is served with a certificate that expired on /],
      [gateway(listener), own, "failed", /apps\/else, whose certificate is for example\.com, holds none$/],
      [gateway({ hostname: "example.com" }, []), own, "proved", /serves them as stored: example\.com$/],
      [gateway({ tls: { mode: "Passthrough" } }), own, "unchecked", /ends TLS for no name$/],
      [gateway({ hostname: "*.example.org" }), own, "unchecked", /ends TLS for no name$/],
      [
        {},
        own,
        "unchecked",
        /whether they are served is not known: there is no Gateway traefik\/traefik-gateway$/,
      ],
    ];
    for (const [answers, shown, status, evidence] of cases) {
      const options = { roots: [web.pem], ...showing(...shown) };
      const finding = await find({ ...object, [webSecret]: { data: good }, ...answers }, options);
      assert.match(finding.evidence, evidence);
      assert.equal(finding.status, status, finding.evidence);
    }
    const front = "something in front of the Gateway ends TLS there";
    const another =
      "example\\.com is served with another certificate than that of traefik/web-tls: .*, until ";
    for (const [distrust, status, evidence] of [
      [undefined, "unchecked", `${another}.*; clients trust it: ${front}`],
      ["CERT_HAS_EXPIRED", "failed", `${another}.*, and clients do not trust it: CERT_HAS_EXPIRED$`],
    ] as const) {
      const answer = { status: 200, body: "", distrust, chain: other };
      const options = { roots: [web.pem], web: () => Promise.resolve(answer) };
      const finding = await find({ ...object, [webSecret]: { data: good }, ...gateway() }, options);
      assert.match(finding.evidence, new RegExp(evidence, "s"));
      assert.equal(finding.status, status, finding.evidence);
    }
    const blind = await find({ ...object, [webSecret]: { data: good }, ...gateway() }, { roots: [web.pem] });
    assert.equal(blind.status, "unchecked");
    assert.match(
      blind.evidence,
      /example\.com cannot be reached from here: getaddrinfo ENOTFOUND; openssl s_client -connect example\.com:443 -servername example\.com$/,
    );
  });

  it("are asked for at the Gateway's own addresses, whatever stands in front of it", async () => {
    const [web, front] = [await authority("CN=web"), await authority("CN=front")];
    const [good, other] = [await secretFor(web, spec.dnsNames), await secretFor(front, spec.dnsNames)];
    const [unreachable, reachable] = ["192.0.2.7", "2001:db8::7"];
    const addressed = (...values: string[]) => {
      const [[path, object], ...rest] = Object.entries(gateway()) as [
        [string, object],
        ...[string, Answer][],
      ];
      return {
        ...Object.fromEntries(rest),
        [path]: { ...object, status: { addresses: values.map((value) => ({ value })) } },
        [certificate]: named("web", { spec, status: ready }),
        [webSecret]: { data: good },
      };
    };
    const cases: [
      addresses: string[],
      atGateway: typeof good,
      status: string,
      evidence: RegExp,
      asked: unknown[],
    ][] = [
      [[reachable], good, "proved", /serves them as stored: example\.com/, [reachable]],
      [[unreachable, reachable], good, "proved", /as stored: example\.com/, [unreachable, reachable]],
      [[reachable], other, "failed", /example\.com at 2001:db8::7 is served with another /, [reachable]],
      [[unreachable], good, "unchecked", /something in front of the Gateway/, [unreachable, undefined]],
      [["gateway.example.com"], good, "unchecked", /something in front of the Gateway/, [undefined]],
    ];
    for (const [addresses, atGateway, status, evidence, asked] of cases) {
      const requests: unknown[] = [];
      const finding = await find(addressed(...addresses), {
        roots: [web.pem],
        web: (url, { address } = {}) => {
          assert.equal(url, "https://example.com/");
          requests.push(address);
          if (address === unreachable) return Promise.reject(new Error("connect ETIMEDOUT"));
          const chain = derOf(address === undefined ? other : atGateway);
          return Promise.resolve({ status: 404, body: "", distrust: undefined, chain });
        },
      });
      assert.match(finding.evidence, evidence);
      assert.equal(finding.status, status, finding.evidence);
      assert.deepEqual(requests, asked);
    }
  });
});
