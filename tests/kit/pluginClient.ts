import type { sendUnaryData, ServiceError } from "@grpc/grpc-js";
import enginerpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import provrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import prov from "@pulumi/pulumi/proto/provider_pb.js";
import { Empty, grpc, portOf, Struct } from "../../cli/plan/providers/grpc.js";
import type { Values } from "../../cli/plan/providers/standIn.js";

type Struct = ReturnType<typeof Struct.fromJavaScript>;
type Call<Request, Response> = (
  request: Request,
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

const struct = (values: Values): Struct => Struct.fromJavaScript(values);
const valuesOf = (found: Struct | undefined): Values => found?.toJavaScript() ?? {};

/** A provider plugin, asked as the engine asks it. */
export class PluginClient {
  private readonly client: InstanceType<typeof provrpc.ResourceProviderClient>;
  private readonly engine = new grpc.Server();

  private constructor(port: number) {
    this.client = new provrpc.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  /** @param settings Those of the provider in the program, texts. */
  static async on(
    { name, port }: { name: string; port: number },
    settings: Values = {},
  ): Promise<PluginClient> {
    const plugin = new PluginClient(port);
    const address = await plugin.listen();
    await plugin.call(plugin.client.attach, new pluginMessages.PluginAttach().setAddress(address));
    const request = new prov.ConfigureRequest().setArgs(struct(settings)).setAcceptsecrets(true);
    for (const [key, value] of Object.entries(settings))
      request.getVariablesMap().set(`${name}:config:${key}`, value as string);
    await plugin.call(plugin.client.configure, request);
    return plugin;
  }

  /** A resource of a program, which has no state yet. */
  resource(type: string, name = "resource"): PluginResource {
    return new PluginResource(this, `urn:pulumi:lab::test::${type}::${name}`);
  }

  async check(urn: string, program: Values): Promise<Values> {
    const request = new prov.CheckRequest().setUrn(urn).setNews(struct(program)).setOlds(struct({}));
    const response = await this.call<prov.CheckRequest, prov.CheckResponse>(this.client.check, request);
    const failures = response.getFailuresList().map((failure) => failure.toObject());
    if (failures.length > 0) throw new Error(JSON.stringify(failures));
    return valuesOf(response.getInputs());
  }

  async create(urn: string, inputs: Values, preview = false): Promise<{ id: string; outputs: Values }> {
    const request = new prov.CreateRequest().setUrn(urn).setProperties(struct(inputs)).setPreview(preview);
    const response = await this.call<prov.CreateRequest, prov.CreateResponse>(this.client.create, request);
    return { id: response.getId(), outputs: valuesOf(response.getProperties()) };
  }

  async delete(urn: string, id: string, outputs: Values): Promise<void> {
    const request = new prov.DeleteRequest().setUrn(urn).setId(id).setProperties(struct(outputs));
    await this.call(this.client.delete, request);
  }

  close(): void {
    this.client.close();
    this.engine.forceShutdown();
  }

  /** What a plugin tells the engine is of no interest here. */
  private async listen(): Promise<string> {
    const log = (_: unknown, callback: sendUnaryData<InstanceType<typeof Empty>>) =>
      callback(null, new Empty());
    this.engine.addService({ log: enginerpc.EngineService.log }, { log });
    return `127.0.0.1:${await portOf(this.engine)}`;
  }

  private call<Request, Response>(method: Call<Request, Response>, request: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
      method.call(this.client, request, (error, response) => (error ? reject(error) : resolve(response)));
    });
  }
}

export class PluginResource {
  id = "";
  outputs: Values = {};

  constructor(
    private readonly plugin: PluginClient,
    readonly urn: string,
  ) {}

  /** Checks what the program says, and makes it. */
  async create(program: Values): Promise<Values> {
    Object.assign(this, await this.plugin.create(this.urn, await this.plugin.check(this.urn, program)));
    return this.outputs;
  }

  delete(): Promise<void> {
    return this.plugin.delete(this.urn, this.id, this.outputs);
  }
}
