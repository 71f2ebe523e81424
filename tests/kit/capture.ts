import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import * as runtimeSettings from "@pulumi/pulumi/runtime/settings.js";
import { quieten } from "../../cli/plan/engine/engine.js";
import { Struct } from "../../cli/plan/providers/grpc.js";
import { isMap, isSecret as isMarkedSecret } from "../../cli/plan/providers/values.js";

// A quarter of the time of a run: nobody reads the messages, nor the stack that is noted for every promise.
const require = createRequire(import.meta.url);
quieten(require);
Object.assign(require("@pulumi/pulumi/runtime/debuggable.js") as object, {
  debuggablePromise: (promise: unknown) => promise,
});

const { disconnect, setMockOptions } = runtimeSettings;
/** Not part of the declared interface: https://github.com/pulumi/pulumi, sdk/nodejs/runtime/settings.ts. */
const { awaitFeatureSupport } = runtimeSettings as unknown as { awaitFeatureSupport: () => Promise<void> };

/** One registration as the engine would have received it. */
export interface Captured {
  type: string;
  name: string;
  urn: string;
  /** The parent's logical name; undefined for a root. */
  parent: string | undefined;
  custom: boolean;
  /** Inputs with secrets unwrapped. */
  inputs: Record<string, any>;
  /** True when the top-level input, or something below it, is secret. */
  isSecret(input: string): boolean;
  protect: boolean;
  ignoreChanges: string[];
  /** Logical names of the resources this one waits for by dependsOn or through an input. */
  dependencies: string[];
  additionalSecretOutputs: string[];
  replaceOnChanges: string[];
  deleteBeforeReplace: boolean;
  retainOnDelete: boolean;
  importId: string;
  /** Outputs a component registered, secrets unwrapped. */
  outputs: Record<string, any> | undefined;
}

export class Capture {
  readonly resources: Captured[] = [];
  readonly invokes: { token: string; inputs: Record<string, any> }[] = [];

  /** The one resource of that type, and name if there are several. Fails with what there is. */
  one(type: string, name?: string): Captured {
    const found = this.resources.filter((r) => r.type === type && (name === undefined || r.name === name));
    if (found.length === 1) return found[0]!;
    const there = this.resources.map((r) => `${r.type} ${r.name}`).join("\n  ");
    throw new Error(
      `${found.length} resources of type ${type}${name ? ` named ${name}` : ""}; captured:\n  ${there}`,
    );
  }

  ofType(type: string): Captured[] {
    return this.resources.filter((r) => r.type === type);
  }

  /** Type and name of everything registered, sorted: the shape of the program. */
  shape(): string[] {
    return this.resources.map((r) => `${r.type} ${r.name}`).sort();
  }
}

export interface CaptureOptions {
  /** Run as a preview: ids and computed outputs stay unknown and no apply on them runs. Default: false. */
  preview?: boolean;
  /** Outputs of a resource beyond its inputs. Default: none. */
  outputs?(
    type: string,
    name: string,
    inputs: Record<string, any>,
  ): Record<string, any> | Promise<Record<string, any>>;
  /** Result of a provider function. Default: an error that names the function. */
  invoke?(token: string, inputs: Record<string, any>): Record<string, any>;
}

/** Runs a program against a monitor that records every registration with its options, and answers like a provider. */
export async function capture(program: () => unknown, options: CaptureOptions = {}): Promise<Capture> {
  const capture = new Capture();
  const mocks: pulumi.runtime.Mocks = {
    newResource: async ({ type, name, inputs }) => ({
      id: options.preview ? undefined : `${name}-id`,
      state: {
        ...(inputs as object),
        ...(await options.outputs?.(type, name, unwrap(inputs) as Record<string, any>)),
      },
    }),
    call: ({ token, inputs }) => {
      const plain = unwrap(inputs) as Record<string, any>;
      capture.invokes.push({ token, inputs: plain });
      if (!options.invoke) throw new Error(`the test answers no provider function, but ${token} was called`);
      return options.invoke(token, plain);
    },
  };
  await pulumi.runtime.setMocks(mocks, "cluster-security", "test", options.preview ?? false);
  setMockOptions(new RecordingMonitor(mocks, capture), "cluster-security", "test", options.preview ?? false);
  // Setting the monitor forgets what it supports, secrets among it, until it is asked again.
  await awaitFeatureSupport();
  await withPlainStructs(async () => {
    await program();
    await disconnect();
  });
  return capture;
}

/** Turning values into protobuf messages and back takes a fifth of the time of a run; here they are handed over. */
async function withPlainStructs(work: () => Promise<void>): Promise<void> {
  const { fromJavaScript } = Struct;
  Struct.fromJavaScript = (values) => new PlainStruct(values);
  try {
    await work();
  } finally {
    Struct.fromJavaScript = fromJavaScript;
  }
}

class PlainStruct extends Struct {
  constructor(private readonly values: Parameters<typeof Struct.fromJavaScript>[0]) {
    super();
  }

  override toJavaScript() {
    return this.values;
  }
}

class RecordingMonitor extends MockMonitor {
  constructor(
    mocks: pulumi.runtime.Mocks,
    private readonly capture: Capture,
  ) {
    super(mocks);
  }

  override async registerResource(req: any, callback: (err: any, response: any) => void): Promise<void> {
    const raw = (req.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
    const urns: string[] = [
      ...req.getDependenciesList(),
      ...[...req.getPropertydependenciesMap().entries()].flatMap(([, value]: [string, any]) =>
        value.getUrnsList(),
      ),
    ];
    await super.registerResource(req, (error, response) => {
      if (!error) {
        this.capture.resources.push({
          type: req.getType(),
          name: req.getName(),
          urn: response.getUrn(),
          parent: nameOf(req.getParent()),
          custom: req.getCustom(),
          inputs: unwrap(raw) as Record<string, any>,
          isSecret: (input) => holdsSecret(raw[input]),
          protect: req.getProtect(),
          ignoreChanges: req.getIgnorechangesList(),
          dependencies: [...new Set(urns)].map((urn) => nameOf(urn)!).sort(),
          additionalSecretOutputs: req.getAdditionalsecretoutputsList(),
          replaceOnChanges: req.getReplaceonchangesList(),
          deleteBeforeReplace: req.getDeletebeforereplace(),
          retainOnDelete: req.getRetainondelete(),
          importId: req.getImportid(),
          outputs: undefined,
        });
      }
      callback(error, response);
    });
  }

  override registerResourceOutputs(req: any, callback: (err: any, response: any) => void): void {
    const resource = this.capture.resources.find((r) => r.urn === req.getUrn());
    if (resource) resource.outputs = unwrap(req.getOutputs()?.toJavaScript() ?? {}) as Record<string, any>;
    super.registerResourceOutputs(req, callback);
  }
}

function nameOf(urn: string): string | undefined {
  return urn ? urn.slice(urn.lastIndexOf("::") + 2) : undefined;
}

function holdsSecret(value: unknown): boolean {
  if (isMarkedSecret(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}

function unwrap(value: unknown): unknown {
  if (isMarkedSecret(value)) return unwrap(value.value);
  if (Array.isArray(value)) return value.map(unwrap);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrap(inner)]));
}

/** The value of an output, once it is known. */
export function valueOf<T>(output: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => pulumi.output(output).apply((value) => resolve(value)));
}

/** True when the output is secret. */
export function isSecret(output: pulumi.Output<unknown>): Promise<boolean> {
  return pulumi.isSecret(output);
}
