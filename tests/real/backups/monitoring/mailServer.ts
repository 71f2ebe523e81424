import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { selfSignedPair } from "../../../kit/selfSigned.js";

/** Host of the server, which its certificate is for. */
const host = "localhost";

export interface Mail {
  from: string;
  to: string[];
  /** Who has signed in. */
  user: string;
  text: string;
}

/** What was tried and refused, as the server saw it. */
export interface Refusal {
  why: string;
  /** Whether the connection was encrypted by then. */
  secure: boolean;
}

export interface MailServerOptions {
  /** Passwords by account. */
  accounts: Record<string, string>;
  /** Whether STARTTLS is offered. Default: true. */
  startTls?: boolean;
}

/** An SMTP server on the loopback interface that takes mail as Gmail does: after STARTTLS and a login with the right password. */
export class MailServer {
  readonly mails: Mail[] = [];
  readonly refusals: Refusal[] = [];

  private constructor(
    private readonly server: SMTPServer,
    /** Certificate that a client has to trust, in PEM form. */
    readonly certificate: string,
  ) {}

  static async open({ accounts, startTls = true }: MailServerOptions): Promise<MailServer> {
    const { key, cert } = await selfSignedPair(host);
    const opened: MailServer = new MailServer(
      new SMTPServer({
        ...{ key, cert, logger: false, closeTimeout: 1 },
        authMethods: ["PLAIN", "LOGIN"],
        hideSTARTTLS: !startTls,
        onAuth({ username = "", password }, { secure }, done) {
          if (password && accounts[username] === password) return done(null, { user: username });
          opened.refusals.push({ why: `wrong password of ${username}`, secure });
          // As Gmail says it.
          const message =
            "5.7.8 Username and Password not accepted. For more information, go to support.google.com";
          return done(Object.assign(new Error(message), { responseCode: 535 }));
        },
        onData(stream, { envelope, user, secure }, done) {
          let text = "";
          stream.setEncoding("utf8").on("data", (part: string) => (text += part));
          stream.on("end", () => {
            const { mailFrom, rcptTo } = envelope;
            if (!secure) opened.refusals.push({ why: "mail in plain", secure });
            else {
              const from = mailFrom ? mailFrom.address : "";
              opened.mails.push({ from, to: rcptTo.map(({ address }) => address), user: String(user), text });
            }
            done();
          });
        },
      }),
      cert,
    );
    opened.server.on("error", () => undefined);
    await new Promise<void>((resolve) => opened.server.listen(0, "127.0.0.1", resolve));
    return opened;
  }

  /** Host and port, as Alertmanager's `smarthost`. */
  get address(): string {
    return `${host}:${(this.server.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}
