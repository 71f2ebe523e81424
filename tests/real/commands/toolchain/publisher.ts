import { createHash } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

type Answer = Buffer | string | ((response: ServerResponse) => void);

/** A local server in place of those that publish releases; the first folder of a path is the host. */
export class Publisher {
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  /** It takes connections and never answers. */
  isSilent = false;
  /** How often somebody asked whether it answers. */
  probes = 0;

  private constructor(
    private readonly server: Server,
    readonly files: Map<string, Answer>,
  ) {}

  static async start(): Promise<Publisher> {
    const files = new Map<string, Answer>();
    const server = createServer((request, response) => {
      if (request.method === "HEAD") publisher.probes++;
      else publisher.asked.push(request.url!);
      if (publisher.isSilent) return;
      const answer = files.get(request.url!);
      if (typeof answer === "function") answer(response);
      else response.writeHead(answer === undefined ? 404 : 200).end(answer);
    });
    const publisher = new Publisher(server, files);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return publisher;
  }

  /** What replaces `https://`. */
  get mirror(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  publish(url: string, answer: Answer): void {
    this.files.set(url.replace("https:/", ""), answer);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");

/** A tar.gz with these files; a value of undefined makes a link to /etc/passwd. */
export async function archive(files: Record<string, string | undefined>): Promise<Buffer> {
  const tar = pack();
  for (const [name, text] of Object.entries(files)) {
    if (text === undefined) tar.entry({ name, type: "symlink", linkname: "/etc/passwd" });
    else tar.entry({ name }, text);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
