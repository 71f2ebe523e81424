"use strict";
const { spawn } = require("node:child_process");
const { createServer, connect } = require("node:net");
const { constants } = require("node:os");

/**
 * Passes connections on. A socket in the file system reaches from one network namespace into another, where an address
 * does not.
 *
 * @param {import("node:net").ListenOptions} from
 * @param {import("node:net").NetConnectOpts} to
 */
function relay(from, to) {
  const server = createServer((incoming) => {
    const outgoing = connect(to);
    incoming.on("error", () => outgoing.destroy());
    outgoing.on("error", () => incoming.destroy());
    incoming.pipe(outgoing).pipe(incoming);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(from, () => resolve(server));
  });
}

module.exports = { relay };

// node relay.cjs HOST PORT SOCKET COMMAND [ARGUMENT...]: runs the command while HOST:PORT leads to the socket.
if (require.main === module) {
  const [host, port, path, command, ...parameters] = process.argv.slice(2);
  relay({ host, port: Number(port) }, { path }).then(() => {
    const child = spawn(command, parameters, { stdio: "inherit" });
    child.on("exit", (status, signal) => process.exit(status ?? 128 + constants.signals[signal]));
  });
}
