import assert from "node:assert/strict";
import { labPaths } from "../../../cli/lab/cluster/paths.js";
import type { Neighbours } from "../../../cli/lab/node/neighbours/neighbours.js";
import { usesOf, type KeptLab } from "../../../cli/lab/kept.js";

describe("what npm start -- --keep prints", () => {
  const paths = labPaths("mine");
  const lab: KeptLab = {
    name: "mine",
    stack: "lab",
    cluster: {
      ...{ server: "https://127.0.0.1:6443", kubeconfig: paths.kubeconfig, nodeRoot: paths.node },
      etcdEndpoint: "https://127.0.0.1:2379",
      stop: () => Promise.resolve(),
    },
    kubectl: "/nowhere/my tools/kubectl",
    recorded: ["harbor", "velero"],
    certificates: `${paths.root}/sealing-certificates.json`,
  };

  it("names everything that verify cannot find out, and kubectl where it is", () => {
    assert.deepEqual(usesOf(lab).split("\n  ").slice(1), [
      `export KUBECONFIG=${paths.kubeconfig}`,
      "'/nowhere/my tools/kubectl' get pods --all-namespaces",
      `npm run verify -- --stack lab --kubeconfig ${paths.kubeconfig} --node-root ${paths.node} ` +
        `--etcd-endpoint https://127.0.0.1:2379 --sealing-certificates ${lab.certificates} --recorded harbor,velero`,
      "npm run reach -- --stack lab",
      "npm run lab:stop -- --name mine",
    ]);
  });

  it("names Ctrl-C for a cluster that ends with the command", () => {
    const cluster = { ...lab.cluster, ended: () => new Promise<never>(() => {}) };
    assert.equal(
      usesOf({ ...lab, cluster })
        .split("\n  ")
        .at(-1),
      "Ctrl-C here stops it.",
    );
  });

  it("names the root certificate of what stands in for Let's Encrypt", () => {
    assert.match(usesOf({ ...lab, acmeRoot: "/lab/acme-root.pem" }), / --acme-root \/lab\/acme-root\.pem /);
  });

  it("names the port of this machine that leads to the Gateway", () => {
    const neighbours = { gateway: { http: 8080, https: 8443 } } as Neighbours;
    assert.match(usesOf({ ...lab, cluster: { ...lab.cluster, neighbours } }), / --gateway-port 8443 /);
  });

  it("leaves out --recorded where every chart is installed", () => {
    assert.doesNotMatch(usesOf({ ...lab, recorded: [] }), /--recorded/);
  });
});
