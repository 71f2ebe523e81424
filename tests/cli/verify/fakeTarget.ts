import type { Api, ApiAnswer, ApiRequest } from "../../../stacks/kubernetes/api.js";
import type { Finding } from "../../../cli/verify/claim.js";
import { concerns } from "../../../cli/verify/claims/index.js";
import { NodeFileSystem } from "../../../cli/verify/cluster/node.js";
import { Scratch } from "../../../cli/verify/cluster/scratch.js";
import type { Target } from "../../../cli/verify/cluster/target.js";
import { parseSettings, type Settings } from "../../../stacks/settings/index.js";
import { rawSettings } from "../../stacks/settings/fixtures.js";

/** An object, the items of a collection, or an answer made for the request. What has no entry does not exist. */
export type Answer = object | object[] | ((request: ApiRequest) => Partial<ApiAnswer>);

/** An API server that answers from a table by path; for another method than GET the key begins with it. */
export class FakeApi implements Api {
  server = new URL("https://192.0.2.10:6443");
  readonly requests: ApiRequest[] = [];

  constructor(readonly answers: Record<string, Answer>) {}

  request(request: ApiRequest): Promise<ApiAnswer> {
    this.requests.push(request);
    const [path] = request.path.split("?") as [string];
    const method = request.method ?? "GET";
    const answer = this.answers[method === "GET" ? path : `${method} ${path}`];
    const known = { auditId: undefined, warnings: [] };
    if (answer === undefined)
      return Promise.resolve({ ...known, status: 404, body: '{"message":"not found"}' });
    if (typeof answer === "function")
      return Promise.resolve({ ...known, status: 200, body: "", ...answer(request) });
    const body = Array.isArray(answer) ? { items: answer, metadata: {} } : answer;
    return Promise.resolve({ ...known, status: 200, body: JSON.stringify(body) });
  }
}

export function settingsWith(set: Record<string, unknown> = {}): Settings {
  return parseSettings(rawSettings({ set }), "test").settings;
}

export interface FakeOptions extends Partial<Omit<Target, "api" | "node" | "scratch" | "settings">> {
  /** Changes to the least environment. */
  settings?: Record<string, unknown>;
  /** Folder that stands for a node. */
  nodeRoot?: string;
}

export function fakeTarget(
  answers: Record<string, Answer>,
  options: FakeOptions = {},
): Target & { api: FakeApi } {
  const api = new FakeApi(answers);
  const { settings, nodeRoot, ...rest } = options;
  return {
    api,
    settings: settingsWith(settings),
    kubeconfigs: [],
    node: nodeRoot === undefined ? undefined : new NodeFileSystem(nodeRoot),
    etcdEndpoint: undefined,
    recorded: new Set(),
    simulatedPods: false,
    roots: [],
    web: () => Promise.reject(new Error("getaddrinfo ENOTFOUND")),
    scratch: new Scratch(api),
    ...rest,
  };
}

/** What is found about the one claim of a concern that begins so. */
export async function findingOf(concern: string, claim: string, target: Target): Promise<Finding> {
  const claims = concerns.find((row) => row.concern === concern)!.claims;
  const found = claims.filter((candidate) => candidate.claim.startsWith(claim));
  if (found.length !== 1) throw new Error(`${found.length} claims of "${concern}" begin with "${claim}"`);
  return found[0]!.check(target);
}

/** An object with a name. */
export const named = (name: string, more: object = {}, namespace?: string): { metadata: object } => ({
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...more,
});

/** A Deployment, StatefulSet or DaemonSet with so many pods ready. */
export function workload(name: string, ready = 1, wanted = 1, containers: object[] = []): object {
  return named(name, {
    spec: { replicas: wanted, template: { spec: { containers } } },
    status: { readyReplicas: ready, numberReady: ready, desiredNumberScheduled: wanted },
  });
}
