import { request } from "node:https";

/** What a server on the web answered. */
export interface WebAnswer {
  status: number;
  body: string;
  /** Why its certificate is not trusted; undefined if it is. */
  distrust: string | undefined;
}

/** Asks a server by HTTPS. @throws Error when it cannot be reached. */
export type Web = (url: string, headers?: Record<string, string>) => Promise<WebAnswer>;

const timeoutSeconds = 10;

/** Asks a server as its clients do; a certificate that they would refuse is told, not refused. No redirect is followed. */
export const web: Web = (url, headers = {}) =>
  new Promise((resolve, reject) => {
    let distrust: string | undefined;
    const sent = request(
      url,
      { headers, rejectUnauthorized: false, agent: false, timeout: timeoutSeconds * 1000 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode!, body: Buffer.concat(chunks).toString(), distrust }),
        );
      },
    );
    sent.on("socket", (socket) =>
      socket.on("secureConnect", () => {
        const { authorizationError } = socket as unknown as { authorizationError?: Error | string };
        distrust =
          authorizationError &&
          String(authorizationError instanceof Error ? authorizationError.message : authorizationError);
      }),
    );
    sent.on("timeout", () => sent.destroy(new Error(`no answer in ${timeoutSeconds} s`)));
    sent.on("error", reject);
    sent.end();
  });
