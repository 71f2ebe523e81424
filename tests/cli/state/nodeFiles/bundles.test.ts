import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random";
import type { StackState } from "../../../../cli/state/stackState.js";
import { nodeBundlesOf, rendered } from "../../../../cli/state/nodeFiles/bundles.js";
import { UserError } from "../../../../cli/kit/userError.js";
import { rawSettings } from "../../../stacks/settings/fixtures.js";
import { capture } from "../../../kit/capture.js";
import { textsOf } from "../../../kit/tar.js";

const secret = randomBytes(32).toString("base64");

/** A stack as the CLI tells of it: texts of JSON, secrets in plain. */
function stack(set: Record<string, unknown>, outputs: Record<string, unknown> = {}): StackState {
  const config = Object.entries(rawSettings({ set })).map(([key, value]) => [
    `cluster-security:${key}`,
    JSON.stringify(value),
  ]);
  return {
    isEmpty: () => Promise.resolve(false),
    backend: () => Promise.resolve("file:///nowhere"),
    resources: () => Promise.resolve([]),
    output: (name) => Promise.resolve(outputs[name]),
    config: () => Promise.resolve({ ...Object.fromEntries(config), "kubernetes:context": "x" }),
  };
}

const members = (bundle: string) => textsOf(Buffer.from(bundle, "base64"));

describe("node files of a stack", () => {
  it("are those in the state, where there are some", async () => {
    const nodeBundles = { a: "YQ==" };
    assert.deepEqual(await nodeBundlesOf("test", stack({ network: "nonsense" }, { nodeBundles })), {
      bundles: nodeBundles,
      from: "state",
    });
  });

  for (const delivery of ["export", "ssh"]) {
    it(`are rendered from the settings before there is a state, delivery ${delivery}`, async () => {
      const nodes = ["a", "b"].map((name, index) => ({
        name,
        address: `192.0.2.${index + 1}`,
        ssh: { hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKlci+SYFQKttaPeN3lP1USxuBDXN2DiMqQn465f4WGN" },
      }));
      const { bundles, from } = await nodeBundlesOf(
        "test",
        stack({
          "controlPlane.delivery": delivery,
          "controlPlane.encryption.keys": [
            { name: "key2", secret },
            { name: "key1", retired: true },
          ],
          "cluster.nodes": nodes,
          "cluster.controlPlaneEndpoint": "api.example.com:6443",
        }),
      );
      assert.equal(from, "settings");
      assert.deepEqual(Object.keys(bundles), ["a", "b"]);
      const files = await members(bundles["b"]!);
      assert.match(
        files["etc/kubernetes/enc/enc.yaml"]!,
        new RegExp(`name: key2\\n +secret: ${secret.replace(/[+]/g, "\\+")}`),
      );
      assert.match(files["etc/kubernetes/kubeadm/config.yaml"]!, /name: b\n/);
      assert.match(files["usr/local/sbin/cluster-security-apply"]!, /^#!\/bin\/sh\n/);
    });
  }

  const refused: Record<string, [set: Record<string, unknown>, message: string]> = {
    "a key that would be generated": [
      { "controlPlane.encryption.keys": [{ name: "key2", secret }, { name: "key1" }] },
      `the state of test holds no node files yet, and an encryption key is not given. Make it once, as a setting:
  head -c 32 /dev/urandom | base64 |
    pulumi config set --stack test --secret --path 'cluster-security:controlPlane.encryption.keys[1].secret'`,
    ],
    "an existing cluster's key that is not given": [
      { "cluster.existing": true },
      `Values that guard existing data are not given:
  controlPlane.encryption.keys[0].secret: the cluster exists, so encryption key key1 is not generated.
      read it: on the node: grep -A1 'name: key1' "$(sed -n 's/.*--encryption-provider-config=//p' /etc/kubernetes/manifests/kube-apiserver.yaml)"
      give it: pulumi config set --stack test --secret --path 'cluster-security:controlPlane.encryption.keys[0].secret'`,
    ],
    "wrong settings": [
      { "controlPlane.delivery": "ssh" },
      `Pulumi.test.yaml:
  cluster.nodes[0].ssh: is missing, and controlPlane.delivery is ssh; give at least ssh.hostKey, or set delivery: export`,
    ],
  };
  for (const [what, [set, message]] of Object.entries(refused)) {
    it(`are refused for ${what}, with the line to run`, async () => {
      await assert.rejects(nodeBundlesOf("test", stack(set)), (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.message, message);
        return true;
      });
    });
  }

  it("are a mistake of the user where they cannot be rendered, not an end without a word", async () => {
    const program = () =>
      pulumi.output("a").apply((): string => {
        throw new Error("two files are meant for /etc/x of node a");
      });
    await assert.rejects(rendered(program), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(
        error.message,
        "The node files cannot be rendered from the settings: two files are meant for /etc/x of node a",
      );
      return true;
    });
  });

  for (const [outcome, output] of Object.entries({
    rendered: () => pulumi.output("a"),
    "not rendered": () =>
      pulumi.output("a").apply((): string => {
        throw new Error("no such file");
      }),
  })) {
    it(`leave nothing to the next program where they are ${outcome}`, async () => {
      const before = process.listeners("unhandledRejection");
      let made = 0;
      const program = () => {
        const keepers = { output: output() };
        for (const name of ["a", "b", "c"]) {
          new RandomBytes(name, { length: 1 }).hex.apply(() => made++);
          new RandomBytes(`${name}-waiting`, { length: 1, keepers });
        }
        return keepers.output;
      };
      await rendered(program).catch(() => {});
      assert.equal(made, 3);
      assert.deepEqual((await capture(() => {})).resources, []);
      assert.deepEqual(process.listeners("unhandledRejection"), before);
    });
  }
});
