import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type * as EmptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import type * as StructProto from "google-protobuf/google/protobuf/struct_pb.js";

// gRPC and protobuf are the SDK's own dependencies. Messages made by another copy would not be its messages.
const require = createRequire(import.meta.url);
const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

export const grpc = sdk("@grpc/grpc-js") as typeof Grpc;
export const { Struct } = sdk("google-protobuf/google/protobuf/struct_pb.js") as typeof StructProto;
export const { Empty } = sdk("google-protobuf/google/protobuf/empty_pb.js") as typeof EmptyProto;

/** A node file or a dashboard is larger than gRPC's default of 4 MB allows for all inputs together. */
export const messageLimits = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/** Lets a server listen on a port of this machine, and returns it. Only this machine can connect. */
export function portOf(server: Grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}
