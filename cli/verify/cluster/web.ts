import { isIP, type LookupFunction } from "node:net";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { patiently, send } from "../../../stacks/kubernetes/http.js";

/** What a server on the web answered. */
export interface WebAnswer {
  status: number;
  body: string;
  /** Why clients do not trust its certificate; undefined if they do. */
  distrust: string | undefined;
  /** The certificates it showed in DER form, its own first. */
  chain: readonly Buffer[];
}

export interface WebRequest {
  /** A token for that server alone: one whose certificate is not trusted gets no request. Default: none. */
  token?: string;
  /** IP address to connect to, whatever DNS says of the name, which is asked for all the same. Default: what DNS says. */
  address?: string;
}

/** Asks a server by HTTPS, and follows no redirect. @throws Error when there is no answer. */
export type Web = (url: string, request?: WebRequest) => Promise<WebAnswer>;

/** {@link Web} from this machine. A certificate that clients would refuse is told, not refused, where nothing secret is sent. */
export const web: Web = async (url, { token, address } = {}) => {
  let distrust: string | undefined;
  let chain: Buffer[] = [];
  const answer = await patiently(() =>
    send(new URL(url), {
      agent: false,
      seconds: 10,
      ...(address === undefined ? {} : { lookup: alwaysTo(address) }),
      ...(token === undefined
        ? { rejectUnauthorized: false }
        : { headers: { authorization: `Bearer ${token}` } }),
      onSocket: (socket: TLSSocket) => {
        const { authorizationError } = socket as unknown as { authorizationError?: Error | string };
        chain = chainOf(socket);
        if (authorizationError) distrust = reasonOf(authorizationError);
      },
    }),
  );
  return { status: answer.status, body: answer.body, distrust, chain };
};

/** {@link web} where a zone's hosts are not reached by their addresses: all of them lead to one port of this machine. */
export const webThrough =
  (zone: string, port: number): Web =>
  (url, request) => {
    const at = new URL(url);
    if (!`.${at.hostname}`.endsWith(`.${zone}`)) return web(url, request);
    at.port = String(port);
    return web(at.href, { ...request, address: "127.0.0.1" });
  };

/** In place of DNS, so that the name stays that of the certificate and of the Host header. */
export function alwaysTo(address: string): LookupFunction {
  const family = isIP(address);
  return (_, { all }, callback) => {
    if (all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

const reasonOf = (error: Error | string): string => (typeof error === "string" ? error : error.message);

/** Ends at the root, which Node adds from those it trusts. */
function chainOf(socket: TLSSocket): Buffer[] {
  const chain: Buffer[] = [];
  let shown: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (shown?.raw && !chain.some((each) => each.equals(shown!.raw))) {
    chain.push(shown.raw);
    shown = shown.issuerCertificate;
  }
  return chain;
}
