import { diffInputs, type Difference } from "./diff.js";
import type {
  CheckContext,
  Existing,
  Failure,
  OperationResult,
  ResourceKind,
  StandIn,
  Values,
} from "./standIn.js";
import { compact, plain, secret, secretTexts, texts, withDefaults } from "./values.js";

/** A check that failed. */
export interface CheckFailure extends Failure {
  urn: string;
}

export interface HostOptions {
  /**
   * What a failed check does: `refuse` it, as a real provider does, which ends the run at the first one; or let it pass
   * and `collect` it in `problems`, so that a plan shows all of them at once.
   */
  failures: "refuse" | "collect";
}

/** Answers the engine's requests by way of the stand-ins. Values come and go with their secrets wrapped. */
export class Host {
  readonly problems: CheckFailure[] = [];
  /** Texts drawn at random since the start; nothing that is printed may contain one. */
  readonly generated = new Set<string>();

  constructor(
    readonly standIns: readonly StandIn[],
    private readonly options: HostOptions,
  ) {}

  configure(packageName: string, configuration: Values): void {
    this.standIns.find(({ name }) => name === packageName)?.configure?.(plain(configuration) as Values);
  }

  async check(urn: string, news: Values): Promise<{ inputs: Values; failures: Failure[] }> {
    const kind = this.kindOf(urn);
    if (!kind) return { inputs: news, failures: this.judge(urn, [this.unknownType(typeOf(urn))]) };
    if (!kind.check) return { inputs: news, failures: [] };
    const { failures, defaults } = await kind.check(plain(news) as Values, contextOf(urn));
    const inputs = defaults ? withDefaults(news, defaults) : news;
    return { inputs: kind.normalize?.(inputs) ?? inputs, failures: this.judge(urn, failures) };
  }

  diff(urn: string, olds: { inputs: Values; outputs: Values }, news: Values): Difference {
    return diffInputs(this.kindOf(urn) ?? recordOnly, olds, news);
  }

  async create(urn: string, inputs: Values, preview: boolean): Promise<{ id: string; outputs: Values }> {
    // Outputs that are absent from a preview's answer are unknown to the program.
    if (preview) return { id: "", outputs: inputs };
    const kind = this.kindOf(urn) ?? recordOnly;
    const context = contextOf(urn);
    const created = await guarded(inputs, async () => kind.create(plain(inputs) as Values, context));
    const { id, outputs = {} } = created;
    if (kind.generates) {
      for (const text of [id, ...texts(outputs)]) if (text.length >= 8) this.generated.add(text);
    }
    return { id, outputs: recorded(kind, inputs, created) };
  }

  /** Without anything to change for real: the new inputs, and whatever the provider had added to the old ones. */
  async update(urn: string, existing: Existing, news: Values, preview: boolean): Promise<Values> {
    const kind = this.kindOf(urn) ?? recordOnly;
    if (!kind.update || preview) {
      const { computed, recomputed } = kind;
      const added = Object.entries(existing.outputs).filter(([key]) =>
        preview && recomputed?.includes(key) ? false : computed?.includes(key) || !(key in existing.inputs),
      );
      return { ...Object.fromEntries(added), ...news };
    }
    const context = contextOf(urn);
    const before = { ...existing, outputs: plain(existing.outputs) as Values };
    const updated = await guarded(news, () => kind.update!(before, plain(news) as Values, context));
    return recorded(kind, news, updated);
  }

  /** The resource as it is now, or undefined if it is gone. */
  async read(urn: string, existing: Existing): Promise<Omit<Existing, "id"> | undefined> {
    const kind = this.kindOf(urn) ?? recordOnly;
    if (!kind.read) return existing;
    const { inputs } = existing;
    const context = contextOf(urn);
    const before = { ...existing, outputs: plain(existing.outputs) as Values };
    const found = await guarded(inputs, () => kind.read!(before, context));
    return found && { inputs: found.inputs, outputs: recorded(kind, found.inputs, found) };
  }

  /** A resource outside the state, or undefined where there is none. */
  async find(urn: string, id: string): Promise<Omit<Existing, "id"> | undefined> {
    const kind = this.kindOf(urn) ?? recordOnly;
    const context = contextOf(urn);
    if (!kind.find) {
      throw new Error(`reading a ${context.type} that exists outside this stack needs the real provider`);
    }
    const found = await kind.find(id, context);
    return found && { inputs: found.inputs, outputs: recorded(kind, found.inputs, found) };
  }

  async delete(urn: string, existing: Existing): Promise<void> {
    const kind = this.kindOf(urn) ?? recordOnly;
    const context = contextOf(urn);
    const before = { ...existing, outputs: plain(existing.outputs) as Values };
    await guarded(existing.inputs, async () => kind.delete?.(before, context));
  }

  invoke(token: string, args: Values): Values {
    const functions = this.standIns.find(({ name }) => name === packageOf(token))?.functions ?? {};
    const found = functions[token];
    if (found) return compact(found(plain(args) as Values)) as Values;
    const known = Object.keys(functions);
    throw new Error(
      `the stand-in for ${packageOf(token)} knows no function ${token}` +
        (known.length > 0 ? `; it knows ${known.join(", ")}` : ""),
    );
  }

  /** Whether a resource's outputs are drawn at random. */
  generates(urn: string): boolean {
    return this.kindOf(urn)?.generates ?? false;
  }

  private kindOf(urn: string): ResourceKind | undefined {
    const type = typeOf(urn);
    return this.standIns.find(({ name }) => name === packageOf(type))?.kind(type);
  }

  private unknownType(type: string): Failure {
    const standIn = this.standIns.find(({ name }) => name === packageOf(type));
    return {
      property: "",
      reason: standIn
        ? `the stand-in for ${standIn.name} knows no resource ${type}; it knows ${standIn.types.join(", ")}`
        : `there is no stand-in for the provider of ${type}`,
    };
  }

  private judge(urn: string, failures: Failure[]): Failure[] {
    if (this.options.failures === "refuse") return failures;
    this.problems.push(...failures.map((failure) => ({ urn, ...failure })));
    return [];
  }
}

/** For a type whose check has failed already: the plan goes on without knowing more of it. */
const recordOnly: ResourceKind = { create: (_, { name }) => ({ id: name }) };

/** What is recorded of a resource: its inputs, and the outputs beyond them. */
function recorded(kind: ResourceKind, inputs: Values, { outputs = {} }: OperationResult): Values {
  const wrapped = Object.entries(outputs).map(
    ([key, value]) => [key, kind.secretOutputs?.includes(key) ? secret(value) : value] as const,
  );
  return compact({ ...inputs, ...Object.fromEntries(wrapped) }) as Values;
}

/** Runs an operation; no secret of the inputs gets into the message of a failure. */
async function guarded<T>(inputs: Values, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    const message = secretTexts(inputs)
      .flatMap((text) => [text, Buffer.from(text).toString("base64")])
      .filter((text) => text.length >= 4)
      .reduce((left, text) => left.replaceAll(text, "[secret]"), (error as Error).message);
    throw new Error(message);
  }
}

/** `urn:pulumi:stack::project::parent$type::name` → `type`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]!.split("$").at(-1)!;
}

/** Logical name, which may itself contain `::`. */
export function resourceName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function packageOf(typeOrToken: string): string {
  return typeOrToken.split(":")[0]!;
}

function contextOf(urn: string): CheckContext {
  return { urn, type: typeOf(urn), name: resourceName(urn) };
}
