import { createServer, type Server } from "node:http";
import { listen } from "../../../../cli/kit/listen.js";
import { judge } from "./telegram.js";

/** A message that came in. */
export interface Message {
  /** The bot's path. */
  to: string;
  /** Body of the request. */
  text: string;
  /** Why Telegram refuses it. */
  refused?: string;
}

/** A server that takes messages as Telegram's API for bots does, on the loopback interface. */
export class TelegramServer {
  readonly messages: Message[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const verdict = judge((JSON.parse(body) as { text: string }).text);
        const refused = "refused" in verdict ? verdict.refused : undefined;
        this.messages.push({ to: request.url!, text: body, refused });
        response.writeHead(refused === undefined ? 200 : 400, { "content-type": "application/json" });
        const answer =
          refused === undefined
            ? { ok: true, result: { message_id: 1, date: 0, chat: { id: 1 } } }
            : { ok: false, error_code: 400, description: refused };
        response.end(JSON.stringify(answer));
      });
    });
  }

  /** Starts it; returns its address. */
  async open(): Promise<string> {
    return `http://127.0.0.1:${await listen(this.server)}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
