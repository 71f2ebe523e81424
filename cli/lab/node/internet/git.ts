import { spawn } from "node:child_process";
import type * as http from "node:http";

/** Git repositories that a node serves by HTTPS. */
export interface GitServer {
  hosts: string[];
  /** What the command line that runs Git next to the repositories begins with; it takes variables, then a command. */
  command: string[];
}

/**
 * Answers a request by `git http-backend` (https://git-scm.com/docs/git-http-backend), which only reads: a push is refused.
 *
 * @param command See GitServer.
 */
export function answerByGit(
  command: readonly string[],
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
): void {
  const { headers, method } = incoming;
  const url = new URL(incoming.url!, "http://any");
  const variables: Record<string, string | undefined> = {
    REQUEST_METHOD: method,
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: headers["content-type"],
    HTTP_CONTENT_ENCODING: headers["content-encoding"],
    GIT_PROTOCOL: headers["git-protocol"]?.toString(),
  };
  const given = Object.entries(variables).flatMap(([name, value]) => (value ? [`${name}=${value}`] : []));
  const [program, ...args] = [...command, ...given, "git", "http-backend"];
  const git = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  git.once("error", (error) => outgoing.destroy(error));
  // One that has its answer reads no more.
  git.stdin.on("error", () => {});
  incoming.pipe(git.stdin);

  const parts: Buffer[] = [];
  git.stdout.on("data", (part: Buffer) => parts.push(part));
  git.once("close", () => {
    const answer = Buffer.concat(parts);
    const end = answer.indexOf("\r\n\r\n");
    const lines = answer.subarray(0, Math.max(end, 0)).toString().split("\r\n");
    const fields = lines.map((line) => /^([^:]+): *(.*)$/.exec(line)!).filter(Boolean);
    const status = fields.find(([, name]) => name === "Status")?.[2] ?? (end < 0 ? "500" : "200");
    outgoing.writeHead(
      Number.parseInt(status),
      Object.fromEntries(fields.map(([, name, value]) => [name!, value!])),
    );
    outgoing.end(answer.subarray(end < 0 ? answer.length : end + 4));
  });
}
