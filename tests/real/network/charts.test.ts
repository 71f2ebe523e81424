import assert from "node:assert/strict";
import type { Peer } from "../../../components/network/isolation/flow.js";
import type { Values } from "../../../cli/plan/providers/standIn.js";
import { renderStack, type Missing, type Rendered } from "./charts.js";
import {
  settings,
  flows,
  known,
  type Workload,
  workloadsOf,
  has,
  means,
  numberOf,
  isAllowed,
  chartOf,
  endpoints,
  everyOf,
  selects,
} from "./workloads.js";
import { skip } from "../../kit/skip.js";

describe("the charts as they are rendered", function () {
  let charts: Rendered[];
  let workloads: Workload[];
  let missing: Missing[];

  before(async function () {
    this.timeout(0);
    ({ rendered: charts, missing } = await renderStack(settings));
    workloads = charts.flatMap(workloadsOf);
    if (missing.length > 0)
      console.log(
        `      not at hand (CHARTS names a folder with archives): ${[...new Set(missing.map(({ chart }) => chart))].join(", ")}`,
      );
    if (charts.length === 0) skip(this, "no chart is at hand: npm run tools fetches some");
  });

  const every = (kind: string) => everyOf(charts, kind);
  /** Whether the chart that a name comes from is at hand, so that the name has to be found. */
  const expected = (namespace: string, name: string) => {
    const chart = chartOf(namespace, name);
    return charts.some((one) => one.chart === chart && one.namespace === namespace);
  };

  it("have every Service that flows may name, with its selector and the ports of its pods", () => {
    let compared = 0;
    for (const [namespace, services] of Object.entries(known)) {
      for (const service of services) {
        const found = every("Service").find(
          (one) => one.namespace === namespace && one.object["metadata"].name === service.name,
        );
        if (!found) {
          assert.ok(!expected(namespace, service.name), `${namespace}/${service.name} is in no chart`);
          continue;
        }
        compared++;
        const { spec } = found.object;
        assert.deepEqual(spec.selector, service.labels, `selector of ${namespace}/${service.name}`);
        const behind = workloads.filter(
          (one) => one.namespace === namespace && has(one.labels, service.labels),
        );
        assert.notEqual(behind.length, 0, `no pod is behind ${namespace}/${service.name}`);
        for (const { name, port, podPort, protocol = "TCP" } of service.ports) {
          const rendered = (spec.ports as Values[]).find((one) => one["port"] === port)!;
          assert.ok(rendered, `${namespace}/${service.name} has no port ${port}`);
          assert.equal(rendered["name"], name, `name of ${namespace}/${service.name}:${port}`);
          assert.equal(rendered["protocol"] ?? "TCP", protocol);
          for (const workload of behind) {
            assert.equal(
              numberOf((rendered["targetPort"] ?? port) as string | number, workload),
              podPort,
              `pod port of ${namespace}/${service.name}:${port}`,
            );
          }
        }
        assert.equal(
          service.ports.length,
          (spec.ports as Values[]).length,
          `ports of ${namespace}/${service.name}`,
        );
      }
    }
    assert.ok(compared > 0);
    console.log(`      ${compared} Services compared`);
  });

  it("have the pods that flows of the add-ons begin and end at", () => {
    const peers = flows
      .flatMap(({ from, to }) => [from, to])
      .filter((peer) => peer.kind === "pods")
      .filter(({ namespace, name = "" }) => expected(namespace, name));
    for (const peer of peers)
      assert.ok(
        workloads.some((workload) => means(peer, workload)),
        `${peer.namespace}: ${peer.name} is no pod of the charts`,
      );
    assert.ok(peers.length > 0);
  });

  it("listen where flows lead", () => {
    for (const { to, ports } of flows) {
      if (to.kind !== "pods") continue;
      for (const workload of workloads.filter((one) => means(to, one))) {
        const declared = workload.containers.flatMap(({ ports: list }) =>
          ((list ?? []) as Values[]).map(({ containerPort }) => containerPort as number),
        );
        const served = every("Service")
          .filter(
            ({ namespace, object }) =>
              namespace === workload.namespace &&
              has(workload.labels, object["spec"].selector as Record<string, string>),
          )
          .flatMap(({ object }) => object["spec"].ports as Values[])
          .map(({ port, targetPort }) => numberOf((targetPort ?? port) as string | number, workload));
        for (const { number } of ports)
          assert.ok(
            [...declared, ...served].includes(number),
            `${workload.title} does not listen on ${number}`,
          );
      }
    }
  });

  it("are let to the API server where they have rights there, and only there", () => {
    const bound = new Set(
      [...every("RoleBinding"), ...every("ClusterRoleBinding")].flatMap(({ namespace, object }) =>
        ((object["subjects"] ?? []) as Values[])
          .filter(({ kind }) => kind === "ServiceAccount")
          .map(({ name, namespace: own }) => `${own ?? namespace}/${name}`),
      ),
    );
    // Reloader's Role is the program's own.
    for (const { namespace, serviceAccount, title } of workloads.filter(({ title }) =>
      title.endsWith(" reloader"),
    ))
      bound.add(`${namespace}/${serviceAccount || title}`);
    const used = workloads.filter(({ namespace, serviceAccount }) =>
      bound.has(`${namespace}/${serviceAccount}`),
    );
    assert.ok(used.length > 0);
    for (const workload of workloads) {
      const allowed = flows.some(({ from, to }) => to.kind === "kube-apiserver" && means(from, workload));
      assert.equal(allowed, used.includes(workload), `${workload.namespace}: ${workload.title}`);
    }
  });

  it("have webhooks that the API server reaches", () => {
    const hooks = [...every("ValidatingWebhookConfiguration"), ...every("MutatingWebhookConfiguration")]
      .flatMap(({ object }) => object["webhooks"] as Values[])
      .map(({ clientConfig }) => clientConfig.service as Values);
    for (const { name, namespace, port = 443 } of hooks) {
      const service = every("Service").find(
        (one) => one.namespace === namespace && one.object["metadata"].name === name,
      )!;
      const target = (service.object["spec"].ports as Values[]).find((one) => one["port"] === port)!;
      const behind = workloads.filter(
        (one) =>
          one.namespace === namespace &&
          has(one.labels, service.object["spec"].selector as Record<string, string>),
      );
      assert.notEqual(behind.length, 0);
      for (const workload of behind) {
        const number = numberOf(target["targetPort"] as string | number, workload)!;
        assert.ok(
          isAllowed(({ kind }) => kind === "kube-apiserver", workload, number),
          workload.title,
        );
      }
    }
    if (charts.some(({ chart }) => chart === "cert-manager")) assert.equal(hooks.length, 2);
  });

  it("have metrics that Prometheus reaches, wherever a monitor says there are some", () => {
    const reached: Record<string, number> = {};
    const fromPrometheus = (peer: Peer) => peer.kind === "pods" && peer.name === "prometheus";
    const check = (workload: Workload, target: string | number) => {
      const number = numberOf(target, workload);
      if (number === undefined) return;
      assert.ok(isAllowed(fromPrometheus, workload, number), `${workload.title}: ${number}`);
      const chart = chartOf(workload.namespace, workload.title.split(" ").at(-1)!)!;
      reached[chart] = (reached[chart] ?? 0) + 1;
    };
    for (const { namespace, object } of every("ServiceMonitor")) {
      for (const service of every("Service").filter(
        (one) =>
          one.namespace === namespace &&
          selects(
            object["spec"].selector as Values,
            (one.object["metadata"].labels ?? {}) as Record<string, string>,
          ),
      )) {
        const behind = workloads.filter(
          (one) =>
            one.namespace === namespace &&
            has(one.labels, service.object["spec"].selector as Record<string, string>),
        );
        for (const { port, targetPort } of object["spec"].endpoints as Values[]) {
          if (targetPort !== undefined)
            for (const workload of behind) check(workload, targetPort as string | number);
          for (const target of (service.object["spec"].ports as Values[]).filter(({ name }) => name === port))
            for (const workload of behind)
              check(workload, (target["targetPort"] ?? target["port"]) as string | number);
        }
      }
    }
    for (const { namespace, object } of every("PodMonitor")) {
      const behind = workloads.filter(
        (one) => one.namespace === namespace && selects(object["spec"].selector as Values, one.labels),
      );
      for (const { port } of object["spec"].podMetricsEndpoints as Values[])
        for (const workload of behind) check(workload, port as string);
    }
    for (const { chart } of charts)
      if (chart in endpoints) assert.equal(reached[chart], endpoints[chart], `endpoints of ${chart}`);
    console.log(`      endpoints reached: ${JSON.stringify(reached)}`);
  });

  it("name no other part of Harbor in its configuration than flows lead to", () => {
    const parts = workloads.filter(
      ({ namespace, labels }) => namespace === "harbor" && labels["app"] === "harbor",
    );
    const maps = new Map(
      every("ConfigMap").map(({ object }) => [
        object["metadata"].name as string,
        JSON.stringify(object["data"]),
      ]),
    );
    let compared = 0;
    for (const part of parts) {
      const own = JSON.stringify(part.spec);
      const read = [...maps].filter(([name]) => own.includes(`"${name}"`)).map(([, text]) => text);
      const named = new Set(
        [own, ...read]
          .join(" ")
          .match(/harbor-(core|database|jobservice|portal|redis|registry|trivy)(?=[:/" ]|\\")/g),
      );
      for (const name of named) {
        const target = parts.find(({ title }) => title.endsWith(` ${name}`))!;
        if (target === part) continue;
        compared++;
        assert.ok(
          flows.some(({ from, to }) => means(from, part) && means(to, target)),
          `${part.title} names ${name}, and no flow leads there`,
        );
      }
    }
    if (charts.some(({ chart }) => chart === "harbor"))
      assert.ok(compared > 12, `only ${compared} names were found`);
  });
});
