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
