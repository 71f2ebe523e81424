import { connect } from "node:tls";
import { isIP } from "node:net";
import { patiently } from "../../../../stacks/kubernetes/http.js";
import { failed, judged, proved, unchecked, type Finding } from "../../claim.js";
import type { Target } from "../../cluster/target.js";
import { anonymousPaths } from "../../../../components/control-plane/authenticationConfiguration.js";

/** What must not be told to somebody who shows no credentials. */
const closedPaths = [
  "/version",
  "/api",
  "/apis",
  "/openapi/v2",
  "/openapi/v3",
  "/metrics",
  "/api/v1/namespaces",
  "/api/v1/secrets",
  // What kubeadm opens to everybody, so that nodes can join with a token alone.
  "/api/v1/namespaces/kube-public/configmaps/cluster-info",
];

/** Whether anonymous requests are answered on the health endpoints and nowhere else. */
export async function anonymousHealthOnly({ api }: Target): Promise<Finding> {
  const ask = async (path: string): Promise<string> => {
    const { status } = await api.request({ path, anonymous: true });
    return `${path} ${status}`;
  };
  const open = await Promise.all(anonymousPaths.map(ask));
  const closed = await Promise.all(closedPaths.map(ask));
  return judged(
    [
      ...open
        .filter((answer) => !answer.endsWith(" 200"))
        .map((answer) => `health is not to be had: ${answer}`),
      ...closed
        .filter((answer) => !/ 40[13]$/.test(answer))
        .map((answer) => `answered anonymously: ${answer}`),
    ],
    `${[...open, ...closed].join(", ")}`,
  );
}

const oldVersions = ["TLSv1", "TLSv1.1"] as const;

/** Whether the API server refuses TLS below 1.2. */
export async function oldTlsRefused({ api }: Target): Promise<Finding> {
  if (api.server.protocol !== "https:") {
    return unchecked(`the kubeconfig leads to ${api.server.origin}, not to the API server itself`);
  }
  const port = Number(api.server.port || 443);
  const host = api.server.hostname.replace(/^\[|\]$/g, "");
  const answers: string[] = [];
  for (const version of oldVersions) {
    const { accepted } = await patiently(() => handshake(host, port, version, api.tlsServerName)).catch(
      (error: Error) => {
        throw new Error(`${version} was tried, but ${error.message}`);
      },
    );
    if (accepted) return failed(`${api.server.host} speaks ${version}`);
    answers.push(version);
  }
  return proved(`${api.server.host} refuses ${answers.join(" and ")} (alert protocol_version)`);
}

/**
 * Tries one version of TLS. Only the server's own alert counts as refused: a client that does not dare to speak an old
 * version fails as well, and that says nothing about the server. This one dares (security level 0).
 */
function handshake(
  host: string,
  port: number,
  version: (typeof oldVersions)[number],
  servername: string | undefined,
): Promise<{ accepted: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      servername: servername ?? (isIP(host) ? "" : host),
      minVersion: version,
      maxVersion: version,
      ciphers: "ALL:@SECLEVEL=0",
      // Nothing is sent: the certificate does not matter.
      rejectUnauthorized: false,
      timeout: 10_000,
    });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve({ accepted });
    };
    socket.on("secureConnect", () => end(true));
    socket.on("timeout", () => socket.destroy(new Error("there was no answer")));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION" ? end(false) : reject(error),
    );
  });
}
