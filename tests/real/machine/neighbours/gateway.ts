import assert from "node:assert/strict";
import type { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { harborHostname } from "../../../../stacks/settings/derived/hostname.js";
import { send, type HttpAnswer } from "../../../../stacks/kubernetes/http.js";
import { until } from "../../../../cli/kit/until.js";
import type { Kubectl } from "../../../../cli/lab/kubectl.js";
import type { Lab } from "../../../../cli/lab/lab.js";
import { certificatesIn } from "../../../../cli/verify/checks/certificates/x509.js";
import { expiredCertificates } from "../../../../cli/verify/claims/expiredCertificates.js";
import { unscannedImages } from "../../../../cli/verify/claims/unscannedImages.js";
import { openTarget } from "../../../../cli/verify/cluster/target.js";
import { alwaysTo, webThrough } from "../../../../cli/verify/cluster/web.js";
import { routeTo, serverOf } from "./backend.js";
import { kubectlOf } from "../nodeLab.js";

const policy = ["backendtlspolicy", "harbor", "--namespace", "harbor"];

/** @param running The lab, once it has started, with what others install. */
export function testGateway(running: () => Lab, validitySeconds: number): void {
  let lab: Lab;
  let host: string;
  let kubectl: Kubectl;

  before(() => {
    lab = running();
    kubectl = kubectlOf(lab);
    host = harborHostname(lab.settings);
  });

  /** Asks for a name, by default Harbor's, as a client does that trusts the authority of the lab, and no other. */
  const ask = async (
    scheme: "http" | "https",
    name = host,
    path = "/v2/",
  ): Promise<HttpAnswer & { shown?: X509Certificate }> => {
    const url = new URL(`${scheme}://${name}:${lab.cluster.neighbours!.gateway[scheme]}${path}`);
    let shown: X509Certificate | undefined;
    const answer = await send(url, {
      ...{
        agent: false,
        lookup: alwaysTo("127.0.0.1"),
        ca: lab.cluster.acmeStandIn!.root,
        servername: name,
        seconds: 60,
      },
      headers: { host: name },
      onSocket: (socket: TLSSocket) => (shown = socket.getPeerX509Certificate()),
    });
    return { ...answer, shown };
  };
  const issued = async (namespace: string, secret: string): Promise<X509Certificate> => {
    const path = ["get", "secret", secret, "--namespace", namespace, "--output=jsonpath={.data.tls\\.crt}"];
    return certificatesIn(Buffer.from(await kubectl(path), "base64").toString())[0]!;
  };
  const apply = (objects: object[]) =>
    kubectl(["apply", "--filename", "-"], {
      input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
    });
  /** Waits until Traefik has taken a route with all that it refers to. */
  const accepted = async (namespace: string, name: string) => {
    for (const condition of ["Accepted", "ResolvedRefs"])
      await kubectl([
        ...["--namespace", namespace, "wait", `httproute/${name}`, "--timeout=60s"],
        `--for=jsonpath={.status.parents[0].conditions[?(@.type=="${condition}")].status}=True`,
      ]);
  };
  const gatewayCertificate = () => issued("traefik", "traefik-letsencrypt-tls");
  const target = () =>
    openTarget({
      settings: lab.settings,
      kubeconfig: lab.cluster.kubeconfig,
      acmeStandIn: lab.cluster.acmeStandIn,
      recorded: ["harbor"],
      web: webThrough(lab.settings.certificates.zone, lab.cluster.neighbours!.gateway.https),
    });

  it("serves Harbor's name with the certificate that cert-manager got from the issuer", async () => {
    // Traefik hears a moment later that the server behind it is ready.
    const { headers, shown } = await until(async () => {
      const answer = await ask("https");
      return answer.status === 200 && answer;
    }, "it does not answer 200");
    assert.equal(headers["x-stand-in"], "There is no Harbor here");
    assert.equal(shown!.fingerprint256, (await gatewayCertificate()).fingerprint256);
  });

  it("asks the server behind it for Harbor's name, and trusts no other", async () => {
    const named = (hostname: string) =>
      kubectl([
        "patch",
        ...policy,
        "--type=merge",
        "--patch",
        JSON.stringify({ spec: { validation: { hostname } } }),
      ]);
    // Traefik tells some of these failures from others, and answers 500 or 502.
    const answers = (...expected: number[]) =>
      until(
        async () => expected.includes((await ask("https")).status),
        async () => `it answers ${(await ask("https")).status}, not ${expected.join(" or ")}`,
      );
    await named(`other.${lab.settings.certificates.zone}`);
    try {
      await answers(500, 502);
    } finally {
      await named(host);
    }
    await answers(200);
  });

  it("redirects HTTP to HTTPS", async () => {
    const { status, headers } = await ask("http");
    assert.deepEqual([status, headers.location], [301, `https://${host}/v2/`]);
  });

  it("follows a route of an isolated namespace to the port that a flow names, and to no other", async () => {
    const { zone } = lab.settings.certificates;
    const backends = [
      { namespace: "backstage", name: "named", port: 7007, answer: 200 },
      { namespace: "backstage", name: "unnamed", port: 7008, answer: 504 },
      { namespace: "postgres", name: "database", port: 8080, answer: 504 },
    ].map((backend) => ({ ...backend, host: `${backend.name}.${zone}` }));
    await apply(backends.flatMap((backend) => serverOf(backend, lab.settings)));
    for (const { namespace, name } of backends) {
      const ready = ["wait", `pod/${name}`, "--for=condition=Ready", "--timeout=60s"];
      await kubectl(["--namespace", namespace, ...ready]);
      await accepted(namespace, name);
    }
    const answers = await Promise.all(
      backends.map(async ({ host }) => (await ask("https", host, "/")).status),
    );
    // verify, below, asks at every host.
    for (const { namespace, name } of backends)
      await kubectl(["--namespace", namespace, "delete", "httproute", name]);
    assert.deepEqual(
      answers,
      backends.map(({ answer }) => answer),
    );
  });

  it("serves no host without a route, and none that a route of another namespace takes", async () => {
    const { zone } = lab.settings.certificates;
    assert.equal((await ask("https", `nobody.${zone}`, "/")).status, 404);
    const names = { name: "taker", namespace: "backstage", port: 7007 };
    for (const taken of [host, `*.${zone}`])
      await assert.rejects(apply([routeTo({ ...names, host: taken }, lab.settings)]), (error: Error) =>
        error.message.includes(`belongs to another namespace: ${taken}`),
      );
    await assert.rejects(
      apply([routeTo(names, lab.settings)]),
      /takes every host, those of other namespaces too/,
    );
    assert.equal((await ask("https")).headers["x-stand-in"], "There is no Harbor here");
  });

  it("is the only way to the server behind it", async () => {
    const connects = async (namespace: string): Promise<string> => {
      const script =
        "nc -w 5 harbor.harbor.svc.cluster.local 443 </dev/null 2>/dev/null && echo connected || echo dropped";
      const pod = {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "client", namespace } },
        spec: {
          restartPolicy: "Never",
          containers: [
            {
              name: "client",
              image: lab.settings.backups.jobs.restoreDrill.velero.image,
              command: ["sh", "-c", script],
            },
          ],
        },
      };
      await apply([pod]);
      const wait = ["wait", "pod/client", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s"];
      await kubectl(["--namespace", namespace, ...wait]);
      return (await kubectl(["--namespace", namespace, "logs", "client"])).trim();
    };
    assert.deepEqual(
      [await connects(lab.settings.gateway.namespace), await connects("default")],
      ["connected", "dropped"],
    );
  });

  it("writes the status of the BackendTLSPolicy over and over, and not into the audit log", async () => {
    const line = "apiserver_request_total{";
    const written = async () => {
      const metrics = (await kubectl(["get", "--raw", "/metrics"])).split("\n");
      return metrics
        .filter((one) => one.startsWith(line) && /resource="backendtlspolicies".*"status".*"PUT"/.test(one))
        .reduce((sum, one) => sum + Number(one.split(" ").at(-1)), 0);
    };
    const before = await written();
    await sleep(10_000);
    assert.ok(
      (await written()) - before > 10,
      "Traefik has stopped it: the audit policy need not know of it",
    );
    const log = readFileSync(join(lab.cluster.nodeRoot, "var/log/kubernetes/audit/audit.log"), "utf8");
    assert.match(log, /"resource":"backendtlspolicies"/);
    assert.doesNotMatch(log, /"resource":"backendtlspolicies"[^\n]*"subresource":"status"/);
  });

  it("proves to verify that certificates are served, and not that Harbor is there", async () => {
    const finding = (concern: typeof unscannedImages, start: string) => async () =>
      concern.claims.find(({ claim }) => claim.startsWith(start))!.check(await target());
    const served = await finding(expiredCertificates, "Each certificate is Ready")();
    assert.equal(served.status, "proved", served.evidence);
    assert.match(served.evidence, new RegExp(`serves them as stored: .*${host}`));
    const harbor = await finding(unscannedImages, "Harbor is accessed at its public name")();
    assert.equal(harbor.status, "unchecked", harbor.evidence);
    assert.match(harbor.evidence, /^the release of harbor is recorded, not installed/);
  });

  it("serves a renewed certificate without a restart, and Harbor's name without a break", async () => {
    const pods = () =>
      kubectl([
        "get",
        "pods",
        "--namespace",
        "traefik",
        "--selector=app=traefik",
        "--output=jsonpath={.items[*].metadata.uid} {.items[*].status.containerStatuses[*].restartCount}",
      ]);
    const [first, before] = [(await ask("https")).shown!, await pods()];
    const second = await until(
      async () => {
        const { status, shown } = await ask("https");
        assert.equal(status, 200);
        return shown!.fingerprint256 !== first.fingerprint256 && shown;
      },
      "the certificate that it serves stays the same",
      { seconds: validitySeconds, pause: 2000 },
    );
    assert.equal(second.fingerprint256, (await gatewayCertificate()).fingerprint256);
    assert.ok(new Date(second.validFrom) < new Date(first.validTo), "the first one had expired");
    assert.equal(await pods(), before);
    // By then the server behind it needs a new one as well.
    await until(() => Date.now() > new Date(first.validTo).getTime() + 5000, "", {
      seconds: validitySeconds,
      pause: 2000,
    });
    assert.equal((await ask("https")).status, 200);
  });
}
