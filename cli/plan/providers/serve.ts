import type { sendUnaryData, ServerUnaryCall, ServiceError } from "@grpc/grpc-js";
import provrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import prov from "@pulumi/pulumi/proto/provider_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { Empty, grpc, messageLimits, portOf, Struct } from "./grpc.js";
import { Host, type HostOptions } from "./host.js";
import { formatPath } from "./paths.js";
import type { Change, StandIn, Values } from "./standIn.js";

/** The engine warns of a plugin that is older than the SDK asks for; a stand-in is of no version. */
export const anyVersion = "9999.0.0";

/** Stand-ins that are being served on a port of this machine. */
export interface ServedProviders {
  host: Host;
  /** Value of PULUMI_DEBUG_PROVIDERS, which makes the engine talk to this port instead of starting plugins. */
  debugProviders: string;
  close(): void;
}

/**
 * Serves all stand-ins from this process, on one port: a request names its type, and a type its provider. Only this
 * machine can connect.
 */
export async function serveProviders(
  standIns: readonly StandIn[],
  options: HostOptions,
): Promise<ServedProviders> {
  const host = new Host(standIns, options);
  const server = new grpc.Server(messageLimits);
  server.addService(provrpc.ResourceProviderService, service(host));
  const port = await portOf(server);
  return {
    host,
    debugProviders: standIns.map(({ name }) => `${name}:${port}`).join(","),
    close: () => server.forceShutdown(),
  };
}

/** The provider protocol: https://github.com/pulumi/pulumi, proto/pulumi/provider.proto. */
function service(host: Host) {
  return {
    attach: answer(() => new Empty()),
    cancel: answer(() => new Empty()),
    getPluginInfo: answer(() => new plugin.PluginInfo().setVersion(anyVersion)),
    getSchema: answer(() => new prov.GetSchemaResponse().setSchema("{}")),

    checkConfig: answer((request: prov.CheckRequest) =>
      new prov.CheckResponse().setInputs(request.getNews()),
    ),
    diffConfig: answer((request: prov.DiffRequest) => {
      const { changes } = host.diff(
        request.getUrn(),
        { inputs: values(request.getOldInputs()), outputs: values(request.getOlds()) },
        values(request.getNews()),
      );
      return differs(new prov.DiffResponse(), changes.length > 0);
    }),
    configure: answer((request: prov.ConfigureRequest) => {
      // The type of a provider is pulumi:providers:<package>.
      host.configure(request.getType()?.split(":")[2] ?? "", values(request.getArgs()));
      return new prov.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
    }),

    check: answer(async (request: prov.CheckRequest) => {
      const { inputs, failures } = await host.check(request.getUrn(), values(request.getNews()));
      return new prov.CheckResponse()
        .setInputs(Struct.fromJavaScript(inputs))
        .setFailuresList(
          failures.map(({ property, reason }) =>
            new prov.CheckFailure().setProperty(property).setReason(reason),
          ),
        );
    }),
    diff: answer((request: prov.DiffRequest) => {
      const { changes, deleteBeforeReplace } = host.diff(
        request.getUrn(),
        { inputs: values(request.getOldInputs()), outputs: values(request.getOlds()) },
        values(request.getNews()),
      );
      const response = differs(new prov.DiffResponse(), changes.length > 0)
        .setDeletebeforereplace(deleteBeforeReplace)
        .setDiffsList([...new Set(changes.map(({ path }) => String(path[0])))])
        .setReplacesList(changes.filter(({ replaces }) => replaces).map(({ path }) => formatPath(path)))
        .setHasdetaileddiff(true);
      for (const { path, kind, replaces } of changes) {
        response
          .getDetaileddiffMap()
          .set(formatPath(path), new prov.PropertyDiff().setKind(kindOf(kind, replaces)).setInputdiff(true));
      }
      return response;
    }),
    create: answer(async (request: prov.CreateRequest) => {
      const inputs = values(request.getProperties());
      const { id, outputs } = await host.create(request.getUrn(), inputs, request.getPreview());
      return new prov.CreateResponse().setId(id).setProperties(Struct.fromJavaScript(outputs));
    }),
    update: answer(async (request: prov.UpdateRequest) => {
      const inputs = values(request.getOldInputs());
      const existing = { id: request.getId(), inputs, outputs: values(request.getOlds()) };
      const news = values(request.getNews());
      const outputs = await host.update(request.getUrn(), existing, news, request.getPreview());
      return new prov.UpdateResponse().setProperties(Struct.fromJavaScript(outputs));
    }),
    read: answer(async (request: prov.ReadRequest) => {
      const [urn, id] = [request.getUrn(), request.getId()];
      const outputs = values(request.getProperties());
      // Nothing is known of what is to be imported.
      const found =
        Object.keys(outputs).length === 0
          ? await host.find(urn, id)
          : await host.read(urn, { id, inputs: values(request.getInputs()), outputs });
      // An answer without an id says that it is gone.
      if (!found) return new prov.ReadResponse();
      return new prov.ReadResponse()
        .setId(id)
        .setProperties(Struct.fromJavaScript(found.outputs))
        .setInputs(Struct.fromJavaScript(found.inputs));
    }),
    delete: answer(async (request: prov.DeleteRequest) => {
      const inputs = values(request.getOldInputs());
      const existing = { id: request.getId(), inputs, outputs: values(request.getProperties()) };
      await host.delete(request.getUrn(), existing);
      return new Empty();
    }),
    invoke: answer((request: prov.InvokeRequest) =>
      new prov.InvokeResponse().setReturn(
        Struct.fromJavaScript(host.invoke(request.getTok(), values(request.getArgs()))),
      ),
    ),
  };
}

type Method = (call: ServerUnaryCall<any, any>, callback: sendUnaryData<any>) => void;

function answer<Request, Response>(method: (request: Request) => Response | Promise<Response>): Method {
  return (call, callback) => {
    void (async () => method(call.request as Request))().then(
      (response) => callback(null, response),
      (error: Error) => callback(failure(error)),
    );
  };
}

function failure({ message }: Error): ServiceError {
  return Object.assign(new Error(message), {
    code: grpc.status.UNKNOWN,
    details: message,
    metadata: new grpc.Metadata(),
  });
}

function values(struct: { toJavaScript(): Values } | undefined): Values {
  return struct?.toJavaScript() ?? {};
}

function differs(response: prov.DiffResponse, changed: boolean): prov.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = prov.DiffResponse.DiffChanges;
  return response.setChanges(changed ? DIFF_SOME : DIFF_NONE);
}

function kindOf(kind: Change["kind"], replaces: boolean): prov.PropertyDiff.Kind {
  const kinds = prov.PropertyDiff.Kind;
  return {
    add: replaces ? kinds.ADD_REPLACE : kinds.ADD,
    delete: replaces ? kinds.DELETE_REPLACE : kinds.DELETE,
    update: replaces ? kinds.UPDATE_REPLACE : kinds.UPDATE,
  }[kind];
}
