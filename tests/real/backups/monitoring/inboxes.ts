import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { listen } from "../../../../cli/kit/http.js";
import { judge } from "./telegram.js";

/** A message that came in, by either way. */
export interface Message {
  way: "telegram" | "mail";
  /** The bot's path, or the mailbox. */
  to: string;
  text: string;
  /** Why Telegram refuses it. */
  refused?: string;
}

/** Servers that take messages as Telegram's API and a mail server do, on the loopback interface. */
export class Inboxes {
  readonly messages: Message[] = [];
  private readonly telegram: HttpServer;
  private readonly mail: Server;

  constructor() {
    this.telegram = createHttpServer((request, response) => {
      let body = "";
      request.on("data", (text: Buffer) => (body += text.toString()));
      request.on("end", () => {
        const verdict = judge((JSON.parse(body) as { text: string }).text);
        const refused = "refused" in verdict ? verdict.refused : undefined;
        this.messages.push({ way: "telegram", to: request.url!, text: body, refused });
        response.writeHead(refused === undefined ? 200 : 400, { "content-type": "application/json" });
        const answer =
          refused === undefined
            ? { ok: true, result: { message_id: 1, date: 0, chat: { id: 1 } } }
            : { ok: false, error_code: 400, description: refused };
        response.end(JSON.stringify(answer));
      });
    });
    this.mail = createServer((socket) => this.converse(socket));
  }

  /** Starts both; their addresses. */
  async open(): Promise<{ telegram: string; smtp: string }> {
    const [telegram, smtp] = [await listen(this.telegram), await listen(this.mail)];
    return { telegram: `http://127.0.0.1:${telegram}`, smtp: `127.0.0.1:${smtp}` };
  }

  close(): void {
    this.telegram.close();
    this.telegram.closeAllConnections();
    this.mail.close();
  }

  /** One conversation in SMTP (https://www.rfc-editor.org/rfc/rfc5321), as far as a client that behaves needs it. */
  private converse(socket: Socket): void {
    let unread = "";
    let to = "";
    let content: string[] | undefined;
    const say = (line: string) => socket.write(`${line}\r\n`);
    const hear = (line: string) => {
      if (content) {
        if (line !== ".") return void content.push(line);
        this.messages.push({ way: "mail", to, text: content.join("\n") });
        content = undefined;
        return say("250 taken");
      }
      const command = line.split(" ")[0]!.toUpperCase();
      if (command === "EHLO") return say("250-loopback\r\n250 AUTH PLAIN");
      if (command === "AUTH") return say("235 welcome");
      if (command === "RCPT") to = /<(.*)>/.exec(line)![1]!;
      if (command === "DATA") {
        content = [];
        return say("354 go on");
      }
      return say(command === "QUIT" ? "221 bye" : "250 ok");
    };
    socket.on("error", () => socket.destroy());
    socket.on("data", (text: Buffer) => {
      const lines = (unread + text.toString()).split("\r\n");
      unread = lines.pop()!;
      lines.forEach(hear);
    });
    say("220 loopback");
  }
}
