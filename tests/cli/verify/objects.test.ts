import assert from "node:assert/strict";
import { create, list, read, remove } from "../../../cli/verify/cluster/objects.js";
import { Scratch } from "../../../cli/verify/cluster/scratch.js";
import { FakeApi, named } from "./fakeTarget.js";

describe("objects of a cluster", () => {
  it("are read, or do not exist, or cannot be read", async () => {
    const api = new FakeApi({
      "/there": { a: 1 },
      "/forbidden": () => ({ status: 403, body: '{"message":"you may not"}' }),
      "/broken": () => ({ status: 502, body: "bad gateway" }),
      "/silent": () => ({ status: 500 }),
    });
    assert.deepEqual(await read(api, "/there"), { a: 1 });
    assert.equal(await read(api, "/nowhere"), undefined);
    await assert.rejects(read(api, "/forbidden"), /^Error: GET \/forbidden: you may not$/);
    await assert.rejects(list(api, "/broken"), /^Error: GET \/broken: bad gateway$/);
    await assert.rejects(read(api, "/silent"), /^Error: GET \/silent: status 500$/);
    assert.equal(await list(api, "/nowhere"), undefined);
  });

  it("are listed page by page", async () => {
    const api = new FakeApi({
      "/many": ({ path }) => {
        const from = Number(new URLSearchParams(path.split("?")[1]).get("continue") ?? 0);
        const items = [named(`a${from}`), named(`b${from}`)];
        return { body: JSON.stringify({ items, metadata: from < 2 ? { continue: String(from + 1) } : {} }) };
      },
      "/none": () => ({ body: '{"items":null,"metadata":{}}' }),
    });
    const names = (await list(api, "/many?labelSelector=a"))!.map(({ metadata }) => metadata.name);
    assert.deepEqual(names, ["a0", "b0", "a1", "b1", "a2", "b2"]);
    assert.deepEqual(
      api.requests.map(({ path }) => path),
      [
        "/many?labelSelector=a&limit=500",
        "/many?labelSelector=a&limit=500&continue=1",
        "/many?labelSelector=a&limit=500&continue=2",
      ],
    );
    assert.deepEqual(await list(api, "/none"), []);
  });

  it("can be asked for without their values", async () => {
    const api = new FakeApi({ "/api/v1/secrets": [] });
    await list(api, "/api/v1/secrets", true);
    assert.match(api.requests[0]!.headers!["Accept"]!, /as=PartialObjectMetadataList/);
  });

  it("are made and deleted", async () => {
    const api = new FakeApi({
      "POST /things": () => ({ status: 201, body: '{"metadata":{"name":"x"}}' }),
      "POST /taken": () => ({ status: 409, body: '{"message":"already exists"}' }),
      "DELETE /things/x": () => ({ status: 200 }),
      "DELETE /things/y": () => ({ status: 403, body: "no" }),
    });
    assert.deepEqual(await create(api, "/things", {}), { metadata: { name: "x" } });
    await assert.rejects(create(api, "/taken", {}), /POST \/taken: already exists/);
    await remove(api, "/things/x");
    await remove(api, "/things/gone");
    await assert.rejects(remove(api, "/things/y"), /DELETE \/things\/y: no/);
  });
});

describe("the namespace for trying things out", () => {
  const collection = "/api/v1/namespaces";
  const made = () => ({ status: 201, body: '{"metadata":{"name":"cluster-security-verify-abc"}}' });

  it("is made once, and leftovers of runs that were killed go first", async () => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const api = new FakeApi({
      [collection]: [
        { metadata: { name: "cluster-security-verify-old", creationTimestamp: minutesAgo(31) } },
        { metadata: { name: "cluster-security-verify-busy", creationTimestamp: minutesAgo(5) } },
      ],
      [`POST ${collection}`]: made,
    });
    const scratch = new Scratch(api);
    assert.deepEqual(
      await Promise.all([scratch.namespace(), scratch.namespace()]),
      Array(2).fill("cluster-security-verify-abc"),
    );
    assert.deepEqual(
      api.requests.map(({ method, path }) => `${method ?? "GET"} ${path.split("&")[0]}`),
      [
        `GET ${collection}?labelSelector=app.kubernetes.io/managed-by=cluster-security-verify`,
        `DELETE ${collection}/cluster-security-verify-old`,
        `POST ${collection}`,
      ],
    );
    const { metadata } = api.requests.at(-1)!.body as { metadata: object };
    assert.deepEqual(metadata, {
      generateName: "cluster-security-verify-",
      labels: { "app.kubernetes.io/managed-by": "cluster-security-verify" },
    });
  });

  it("is waited for until it is gone", async () => {
    let asked = 0;
    const api = new FakeApi({
      [collection]: [],
      [`POST ${collection}`]: made,
      [`DELETE ${collection}/cluster-security-verify-abc`]: () => ({ status: 200 }),
      [`${collection}/cluster-security-verify-abc`]: () => (++asked < 3 ? { body: "{}" } : { status: 404 }),
    });
    const scratch = new Scratch(api);
    await scratch.namespace();
    await scratch.remove();
    assert.equal(asked, 3);
    const before = api.requests.length;
    await scratch.remove();
    assert.equal(api.requests.length, before, "there is nothing more to remove");
  });

  describe("on a signal", () => {
    const path = `${collection}/cluster-security-verify-abc`;
    const known = { [collection]: [], [`POST ${collection}`]: made };

    it("is removed, which nobody waits for, and none is made after it", async () => {
      const api = new FakeApi({ ...known, [`DELETE ${path}`]: () => ({ status: 200 }) });
      const scratch = new Scratch(api);
      void scratch.namespace();
      await scratch.abandon();
      assert.deepEqual([api.requests.at(-1)!.method, api.requests.at(-1)!.path], ["DELETE", path]);
      const before = api.requests.length;
      void scratch.namespace();
      assert.equal(api.requests.length, before);
    });

    it("needs nothing where none was made", async () => {
      const api = new FakeApi({});
      await new Scratch(api).abandon();
      assert.deepEqual(api.requests, []);
    });

    it("is named by its label where the cluster does not answer", async () => {
      const api = new FakeApi(known);
      const scratch = new Scratch(api);
      await scratch.namespace();
      api.request = () => new Promise(() => {});
      await assert.rejects(scratch.abandon(0.01), {
        name: "UserError",
        message:
          "the cluster does not answer, so a namespace cluster-security-verify-… may be left; remove it: " +
          "kubectl delete namespace --selector app.kubernetes.io/managed-by=cluster-security-verify",
      });
    });
  });

  it("is not removed where none was made", async () => {
    const api = new FakeApi({
      [collection]: [],
      [`POST ${collection}`]: () => ({ status: 403, body: "no" }),
    });
    const scratch = new Scratch(api);
    await scratch.remove();
    await assert.rejects(scratch.namespace());
    await scratch.remove();
    assert.deepEqual(
      api.requests.map(({ method }) => method),
      [undefined, "POST"],
    );
  });

  it("is named where it cannot be removed", async () => {
    const api = new FakeApi({
      [collection]: [],
      [`POST ${collection}`]: made,
      [`DELETE ${collection}/cluster-security-verify-abc`]: () => ({ status: 403, body: "you may not" }),
    });
    const scratch = new Scratch(api);
    await scratch.namespace();
    await assert.rejects(scratch.remove(), {
      name: "UserError",
      message:
        "the namespace cluster-security-verify-abc could not be removed (DELETE /api/v1/namespaces/cluster-security-verify-abc: " +
        "you may not); remove it: kubectl delete namespace cluster-security-verify-abc",
    });
  });
});
