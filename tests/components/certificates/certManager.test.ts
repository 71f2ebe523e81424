import assert from "node:assert/strict";
import { CertManager, certManagerValues } from "../../../components/certificates/certManager.js";
import { charts } from "../../../components/common/charts.js";
import { assertKnownValues } from "../../kit/chartValues.js";
import { capture } from "../../kit/capture.js";

const monitoring = { release: "kube-prometheus-stack" };
const variants = {
  "without monitoring": { namespace: "cert-manager" },
  "with everything": { namespace: "pki", recursiveNameservers: ["9.9.9.9:53"], monitoring },
};

describe("certManagerValues", () => {
  for (const [title, args] of Object.entries(variants)) {
    it(`sets only keys the chart has, ${title}`, function () {
      assertKnownValues(this, "cert-manager", certManagerValues(args));
    });
  }

  it("installs the CRDs and keeps them", () => {
    assert.deepEqual(certManagerValues({ namespace: "x" })["crds"], { enabled: true, keep: true });
  });

  it("elects its leader in its own namespace", () => {
    assert.deepEqual(certManagerValues({ namespace: "pki" })["global"], {
      leaderElection: { namespace: "pki" },
    });
  });

  const resolvers = [
    { given: undefined, sent: "1.1.1.1:53,8.8.8.8:53" },
    { given: ["9.9.9.9:53", "[2620:fe::fe]:53"], sent: "9.9.9.9:53,[2620:fe::fe]:53" },
  ];
  for (const { given, sent } of resolvers) {
    it(`checks DNS-01 records through ${sent} only`, () => {
      const values = certManagerValues({ namespace: "x", ...(given ? { recursiveNameservers: given } : {}) });
      assert.equal(values["dns01RecursiveNameservers"], sent);
      assert.equal(values["dns01RecursiveNameserversOnly"], true);
    });
  }

  it("has a ServiceMonitor that Prometheus selects, and no metrics without one", () => {
    assert.deepEqual(certManagerValues({ namespace: "x", monitoring })["prometheus"], {
      enabled: true,
      servicemonitor: {
        enabled: true,
        labels: { release: "kube-prometheus-stack" },
      },
    });
    assert.deepEqual(certManagerValues({ namespace: "x" })["prometheus"], { enabled: false });
  });

  it("requests memory and processor for every pod of the chart", () => {
    const values = certManagerValues({ namespace: "x" }) as Record<string, any>;
    for (const pod of [values, values["webhook"], values["cainjector"], values["startupapicheck"]]) {
      assert.deepEqual(Object.keys(pod["resources"]["requests"] as object), ["cpu", "memory"]);
    }
  });

  it("leaves the webhook's certificate and the security contexts to the chart", () => {
    const values = certManagerValues({ namespace: "x" }) as Record<string, any>;
    assert.deepEqual(Object.keys(values["webhook"] as object), ["resources"]);
    for (const key of ["securityContext", "containerSecurityContext", "config"]) assert.ok(!(key in values));
  });
});

describe("CertManager", () => {
  it("is one release of the pinned chart in the given namespace", async () => {
    const run = await capture(() => new CertManager("cert-manager", { namespace: "pki", monitoring }));
    const release = run.one("kubernetes:helm.sh/v3:Release");
    assert.equal(release.name, "cert-manager-addon-release");
    assert.equal(run.one("cluster-security:addon:Addon").parent, "cert-manager");
    assert.equal(release.inputs["namespace"], "pki");
    assert.equal(release.inputs["version"], charts["cert-manager"].version);
    assert.deepEqual(release.inputs["values"], certManagerValues({ namespace: "pki", monitoring }));
    assert.deepEqual(run.one("cluster-security:certificates:CertManager").outputs, {
      releaseName: "cert-manager",
    });
  });

  it("takes another chart version", async () => {
    const run = await capture(() => new CertManager("x", { namespace: "pki", chartVersion: "v1.20.3" }));
    assert.equal(run.one("kubernetes:helm.sh/v3:Release").inputs["version"], "v1.20.3");
  });

  it("registers the same resources with known and unknown values", async () => {
    const program = () => new CertManager("cert-manager", { namespace: "pki" });
    assert.deepEqual((await capture(program, { preview: true })).shape(), (await capture(program)).shape());
  });
});
