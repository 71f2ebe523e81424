import type { sendUnaryData, ServerUnaryCall, ServiceError } from "@grpc/grpc-js";
import provrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import prov from "@pulumi/pulumi/proto/provider_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import { grpc, messageLimits, portOf, Struct } from "../../plan/providers/grpc.js";
import { typeOf } from "../../plan/providers/host.js";
import { anyVersion } from "../../plan/providers/serve.js";
import type { Values } from "../../plan/providers/standIn.js";
import type { RunningPlugin } from "./plugin.js";

/** A resource that the plugin is asked about. */
export interface RelayedResource {
  urn: string;
  /** Such as `kubernetes:core/v1:Secret`. */
  type: string;
  inputs: Values;
}

/** What happens on the way to a plugin. What is absent changes nothing. */
export interface RelayHooks {
  /** Is told the settings of a provider. */
  configure?(settings: Values): void;
  /** Returns the inputs that the plugin checks in place of the program's. */
  check?(resource: RelayedResource): Promise<Values>;
  /** Makes a resource, by calling `create`. */
  create?<T>(resource: RelayedResource, create: () => Promise<T>): Promise<T>;
  /** Deletes one, by calling `remove`. */
  delete?<T>(remove: () => Promise<T>): Promise<T>;
}

export interface Relay {
  /** Port of this machine; only this machine can connect. */
  port: number;
  /** What the plugin says it is. */
  version: string;
  close(): Promise<void>;
}

/** A plugin, and the connection to it. */
interface Connected {
  client: InstanceType<typeof grpc.Client>;
  plugin: RunningPlugin;
}

/**
 * Stands between the engine and a provider plugin, and passes every call on as it is, but for what the hooks say
 * (https://github.com/pulumi/pulumi, proto/pulumi/provider.proto). The engine cancels a plugin when an operation ends, and
 * would start another process for the next one; so does this.
 *
 * @param start Starts the plugin.
 */
export async function serveRelay(start: () => Promise<RunningPlugin>, hooks: RelayHooks): Promise<Relay> {
  /** A cancelled plugin finishes its present work, so it is stopped only when the next one is needed. */
  let cancelled: Promise<Connected> | undefined;
  const disconnect = async (connected: Promise<Connected> | undefined) => {
    const { client, plugin } = (await connected) ?? {};
    client?.close();
    await plugin?.stop();
  };
  const connect = async (): Promise<Connected> => {
    await disconnect(cancelled);
    cancelled = undefined;
    const plugin = await start();
    return {
      plugin,
      client: new grpc.Client(plugin.address, grpc.credentials.createInsecure(), messageLimits),
    };
  };
  let current: Promise<Connected> | undefined = connect();
  const { getPluginInfo } = provrpc.ResourceProviderService;
  const said = await ask((await current).client, getPluginInfo.path, Buffer.alloc(0));
  const version = pluginMessages.PluginInfo.deserializeBinary(said).getVersion();
  const server = new grpc.Server(messageLimits);
  const unary = Object.entries(provrpc.ResourceProviderService).filter(
    ([, { requestStream, responseStream }]) => !requestStream && !responseStream,
  );
  const methods = Object.fromEntries(
    unary.map(([name, { path }]) => [name, { ...raw, path, requestStream: false, responseStream: false }]),
  );
  const pass = async (path: string, call: ServerUnaryCall<Buffer, Buffer>, request: Buffer) => {
    const cancels = path === provrpc.ResourceProviderService.cancel.path;
    // Each provider of a program is cancelled.
    if (cancels && !current) return Buffer.alloc(0);
    const connected = (current ??= connect());
    if (cancels) [cancelled, current] = [connected, undefined];
    const { client } = await connected;
    return ask(client, path, request, call);
  };
  const handlers = Object.fromEntries(
    unary.map(([name, { path }]) => [
      name,
      (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
        const onward = (request: Buffer) => pass(path, call, request);
        void (changed[name]?.(call.request, onward, hooks) ?? onward(call.request)).then(
          (answer) => callback(null, answer),
          (error: ServiceError) => callback(error),
        );
      },
    ]),
  );
  server.addService(methods, handlers);
  return {
    port: await portOf(server),
    version,
    close: async () => {
      server.forceShutdown();
      await Promise.all([disconnect(cancelled), disconnect(current)]);
    },
  };
}

/** One call, for the engine's if that is given, which ends it as well. */
function ask(
  client: Connected["client"],
  path: string,
  request: Buffer,
  call?: ServerUnaryCall<Buffer, Buffer>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, answer?: Buffer) => (error ? reject(error) : resolve(answer!));
    const metadata = call?.metadata ?? new grpc.Metadata();
    const asked = client.makeUnaryRequest(path, same, same, request, metadata, {}, done);
    call?.on("cancelled", () => asked.cancel());
  });
}

const same = (message: Buffer) => message;
const raw = {
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
};

type MethodChange = (
  request: Buffer,
  onward: (request: Buffer) => Promise<Buffer>,
  hooks: RelayHooks,
) => Promise<Buffer> | undefined;

const changed: Record<string, MethodChange> = {
  configure(request, onward, { configure }) {
    configure?.(prov.ConfigureRequest.deserializeBinary(request).getArgs()?.toJavaScript() as Values);
    return onward(request);
  },
  check(request, onward, { check }) {
    if (!check) return undefined;
    const message = prov.CheckRequest.deserializeBinary(request);
    const inputs = message.getNews()?.toJavaScript() as Values;
    return check({ ...named(message), inputs }).then((wanted) =>
      wanted === inputs ? onward(request) : onward(bytes(message.setNews(Struct.fromJavaScript(wanted)))),
    );
  },
  create(request, onward, { create }) {
    if (!create) return undefined;
    const message = prov.CreateRequest.deserializeBinary(request);
    const inputs = message.getProperties()?.toJavaScript() as Values;
    return create({ ...named(message), inputs }, () => onward(request));
  },
  delete: (request, onward, hooks) => hooks.delete?.(() => onward(request)),
  // The engine warns of a plugin that is older than the SDK asks for.
  getPluginInfo: () => Promise.resolve(bytes(new pluginMessages.PluginInfo().setVersion(anyVersion))),
};

function named(message: { getUrn(): string }): Omit<RelayedResource, "inputs"> {
  const urn = message.getUrn();
  return { urn, type: typeOf(urn) };
}

function bytes(message: { serializeBinary(): Uint8Array }): Buffer {
  return Buffer.from(message.serializeBinary());
}
