import assert from "node:assert/strict";
import { fakeTarget, findingOf, named, type Answer, type FakeOptions } from "./fakeTarget.js";
import { authority, base64, derOf, secretFor } from "./pairs/certificateMaterial.js";
import {
  certificatePath as path,
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
    const [web, another] = [await authority("CN=web"), await authority("CN=another")];
    const good = await secretFor(web, spec.dnsNames);
    const chained = base64({
      "tls.crt": `${Buffer.from(good["tls.crt"]!, "base64").toString()}\n${web.pem}`,
      "tls.key": Buffer.from(good["tls.key"]!, "base64").toString(),
    });
    const object = { [path]: named("web", { spec, status: ready }) };
    const own = derOf(good);
    const other = derOf(await secretFor(another, spec.dnsNames));
    const foreign = await secretFor(another, ["foreign.example.com"]);
    const old = await secretFor(another, spec.dnsNames, -90, -1);
    const listener = { tls: { certificateRefs: [{ name: "else", namespace: "apps" }] } };
    const elseHolding = (data: Record<string, string>) => ({
      ...gateway(listener),
      "/api/v1/namespaces/apps/secrets/else": { data },
    });
    const cases: [answers: Record<string, Answer>, shown: Buffer[], status: string, evidence: RegExp][] = [
      [
        gateway(),
        other,
        "failed",
        /example\.com is served with another certificate than that of traefik\/web-tls: .*, until /,
      ],
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
    const blind = await find({ ...object, [webSecret]: { data: good }, ...gateway() }, { roots: [web.pem] });
    assert.equal(blind.status, "unchecked");
    assert.match(
      blind.evidence,
      /example\.com cannot be reached from here: getaddrinfo ENOTFOUND; openssl s_client -connect example\.com:443 -servername example\.com$/,
    );
  });
});
