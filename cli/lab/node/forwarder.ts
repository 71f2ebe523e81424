import { spawn, type ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { dyingWithThis } from "../../kit/run.js";
import { until } from "../../kit/until.js";
import { freePorts } from "../cluster/ports.js";

/** Leads a port of this machine's loopback interface to one of a node's. */
export class Forwarder {
  private process: ChildProcess | undefined;
  private said = "";

  private constructor(
    /** Port of the loopback interface. */
    readonly own: number,
    /** Address and port in the node, as socat writes them. */
    private readonly target: string,
  ) {}

  /**
   * It lasts as long as this process.
   *
   * @param pid Process in the node's network.
   * @param address Where the node finds the port.
   */
  static async start(pid: string, address: string, port: number): Promise<Forwarder> {
    const [own] = await freePorts(1);
    const forwarder = new Forwarder(own!, `${address}\\:${port}`);
    forwarder.leadTo(pid);
    await until(
      () => answers(own!),
      () => `port ${port} of the node cannot be reached: ${forwarder.said.trim()}`,
    );
    return forwarder;
  }

  /** Leads it to the network of that process from now on. */
  leadTo(pid: string): void {
    this.stop();
    const inside = `nsenter --target ${pid} --net socat STDIO TCP\\:${this.target}`;
    // A process of its own: much of what runs in this one waits for an answer in a way that would keep it from forwarding.
    const [program, ...args] = dyingWithThis([
      "socat",
      `TCP-LISTEN:${this.own},bind=127.0.0.1,reuseaddr,fork`,
      `EXEC:${inside}`,
    ]);
    this.process = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => (this.said += text));
  }

  stop(): void {
    this.process?.kill();
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(port, "127.0.0.1", () => resolve(true));
    connection.on("connect", () => connection.destroy()).on("error", () => resolve(false));
  });
}
