import assert from "node:assert/strict";
import { lifecycleRules } from "../../../../components/backups/backupBucket.js";
import { lifecycleGrant } from "../../../../components/backups/policyStatements.js";
import { ociEnvironment } from "../../../../cli/lab/cloud/oci.js";
import { compartmentId, ociLab, region, tenancyId, type OciLab } from "./oci.js";

const place = `compartment id ${compartmentId}`;
const items = lifecycleRules(14).map((rule) => ({ ...rule, timeAmount: Number(rule.timeAmount) }));

describe("Oracle's object storage in the lab", () => {
  let lab: OciLab;
  let buckets: string;
  const call: OciLab["call"] = (...request) => lab.call(...request);

  beforeEach(async () => {
    lab = await ociLab();
    buckets = `/n/${(await call("GET /n")).body}/b`;
  });
  afterEach(() => lab.server.stop());

  const details = (changes = {}) => ({
    compartmentId,
    name: "backups",
    publicAccessType: "NoPublicAccess",
    storageTier: "Standard",
    versioning: "Enabled",
    ...changes,
  });
  const makeBucket = (changes = {}) => call(`POST ${buckets}`, details(changes));
  const grant = (statement: string) =>
    call("POST /20160918/policies", {
      compartmentId: tenancyId,
      name: "lifecycle",
      description: "",
      statements: [statement],
    });

  async function assertRefused(
    request: string,
    body: unknown,
    status: number,
    code: string,
    message: RegExp,
  ) {
    const reply = await call(request, body);
    assert.deepEqual([reply.status, reply.body.code], [status, code], reply.body.message);
    assert.match(reply.body.message, message);
  }

  it("points the official plugin at itself", () => {
    const { url, credentials } = lab.server;
    const { TF_VAR_private_key, ...rest } = ociEnvironment(lab.server);
    assert.match(TF_VAR_private_key!, /^-----BEGIN PRIVATE KEY-----\n/);
    assert.match(credentials.fingerprint, /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    assert.match(credentials.userId, /^ocid1\.user\.oc1\.\./);
    assert.deepEqual(rest, {
      TF_VAR_CLIENT_HOST_OVERRIDES: `oci_object_storage.ObjectStorageClient=${url};oci_identity.IdentityClient=${url}`,
      TF_VAR_auth: "ApiKey",
      TF_VAR_region: region,
      TF_VAR_tenancy_ocid: tenancyId,
      TF_VAR_user_ocid: credentials.userId,
      TF_VAR_fingerprint: credentials.fingerprint,
    });
  });

  for (const authorization of ["", "Bearer needle", 'Signature version="1",keyId="needle/b/c"']) {
    it(`turns away who signs with "${authorization}"`, async () => {
      const { status, body, headers } = await call("GET /n", undefined, { authorization });
      assert.deepEqual([status, body.code], [401, "NotAuthenticated"]);
      assert.ok(headers.get("opc-request-id"));
      assert.doesNotMatch(lab.log.join(), /needle/);
    });
  }

  it("gives every answer a request id of its own", async () => {
    const ids = [];
    for (const request of ["GET /n", "GET /n", "GET /other", "DELETE /20160918/users/a"]) {
      ids.push((await call(request)).headers.get("opc-request-id"));
    }
    assert.equal(new Set(ids).size, 4);
    assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id ?? "")));
  });

  it("has one namespace, the same in every run", async () => {
    const other = await ociLab();
    const { body } = await other.call(`GET /n?compartmentId=${tenancyId}`);
    await other.server.stop();
    assert.equal(`/n/${body}/b`, buckets);
    for (const request of [`POST /n/other/b`, `GET /n/other/b/backups`, `PUT /n/other/b/backups/l`]) {
      await assertRefused(request, undefined, 404, "NamespaceNotFound", /there is no namespace other/);
    }
  });

  describe("a bucket", () => {
    it("is made, read, changed and deleted", async () => {
      const made = await makeBucket();
      assert.equal(made.status, 200);
      for (const [key, value] of Object.entries(details())) assert.equal(made.body[key], value);
      assert.match(made.body.id, /^ocid1\.bucket\.oc1\.\./);
      assert.equal(made.body.createdBy, lab.server.credentials.userId);
      assert.equal(made.headers.get("etag"), made.body.etag);
      assert.equal("lifecycleState" in made.body, false);
      assert.deepEqual(lab.server.holds(), ["bucket backups"]);

      const read = await call(`GET ${buckets}/backups`);
      assert.deepEqual(read.body, made.body);
      const all = await call(
        `GET ${buckets}/backups?fields=approximateCount%2CapproximateSize%2CautoTiering`,
      );
      assert.deepEqual(all.body, { ...made.body, approximateCount: 0, approximateSize: 0 });
      assert.deepEqual((await call(`GET ${buckets}/backups/retentionRules`)).body, { items: [] });

      const change = { compartmentId: tenancyId, publicAccessType: "ObjectRead", freeformTags: { a: "b" } };
      const { etag, ...changed } = (await call(`POST ${buckets}/backups`, change)).body;
      const { etag: before, ...rest } = made.body;
      assert.deepEqual(changed, { ...rest, ...change });
      assert.notEqual(etag, before);

      assert.equal((await call(`DELETE ${buckets}/backups`)).status, 204);
      assert.deepEqual(lab.server.holds(), []);
      for (const request of ["GET", "POST", "DELETE"]) {
        await assertRefused(
          `${request} ${buckets}/backups`,
          undefined,
          404,
          "BucketNotFound",
          /no bucket backups/,
        );
      }
      const rules = `GET ${buckets}/backups/retentionRules`;
      await assertRefused(rules, undefined, 404, "BucketNotFound", /no bucket backups/);
    });

    it("is private and without versions unless told otherwise", async () => {
      const { body } = await call(`POST ${buckets}`, { compartmentId, name: "plain" });
      assert.deepEqual(
        [body.publicAccessType, body.storageTier, body.versioning, body.autoTiering],
        ["NoPublicAccess", "Standard", "Disabled", "Disabled"],
      );
    });

    it("has a name of its own and a compartment", async () => {
      await makeBucket();
      await assertRefused(
        `POST ${buckets}`,
        details(),
        409,
        "BucketAlreadyExists",
        /"backups" already exists/,
      );
      const lost = { compartmentId: "ocid1.compartment.oc1..other" };
      const missing = /compartment ocid1\.compartment\.oc1\.\.other$/;
      await assertRefused(
        `POST ${buckets}`,
        details({ name: "b", ...lost }),
        404,
        "NotAuthorizedOrNotFound",
        missing,
      );
      await assertRefused(`POST ${buckets}/backups`, lost, 404, "NotAuthorizedOrNotFound", missing);
    });

    const wrong: [changes: object, message: RegExp][] = [
      [{ name: "a/b" }, /^name: /],
      [{ versioning: "Suspended" }, /^versioning: /],
      [{ publicAccessType: "Everybody" }, /^publicAccessType: /],
      [{ storageTier: "Cheap" }, /^storageTier: /],
      [{ kmsKeyId: "ocid1.key.oc1..a" }, /^Unrecognized key: "kmsKeyId"$/],
    ];
    for (const [changes, message] of wrong) {
      it(`is not made with ${JSON.stringify(changes)}`, async () => {
        await assertRefused(`POST ${buckets}`, details(changes), 400, "InvalidParameter", message);
        assert.deepEqual(lab.server.holds(), []);
      });
    }

    const transitions: [from: string, steps: string[], refused: string, message: RegExp][] = [
      ["Enabled", ["Suspended", "Enabled"], "Disabled", /^versioning: /],
      ["Disabled", ["Enabled", "Suspended"], "Disabled", /^versioning: /],
      ["Disabled", [], "Suspended", /^versioning that is not enabled cannot be suspended$/],
    ];
    for (const [from, steps, refused, message] of transitions) {
      it(`goes with its versions from ${[from, ...steps].join(" to ")} and not to ${refused}`, async () => {
        await makeBucket({ versioning: from });
        for (const versioning of steps) {
          assert.equal((await call(`POST ${buckets}/backups`, { versioning })).body.versioning, versioning);
        }
        await assertRefused(
          `POST ${buckets}/backups`,
          { versioning: refused },
          400,
          "InvalidParameter",
          message,
        );
        assert.equal((await call(`GET ${buckets}/backups`)).body.versioning, steps.at(-1) ?? from);
      });
    }

    it("keeps its storage tier", async () => {
      await makeBucket();
      const change = { storageTier: "Archive" };
      await assertRefused(
        `POST ${buckets}/backups`,
        change,
        400,
        "InvalidParameter",
        /Unrecognized key: "storageTier"/,
      );
    });
  });

  describe("a lifecycle policy", () => {
    const path = () => `${buckets}/backups/l`;

    it("is put, read, replaced and deleted", async () => {
      await makeBucket();
      await grant(lifecycleGrant(region, place));
      const before = (await call(`GET ${buckets}/backups`)).body;
      await assertRefused(
        `GET ${path()}`,
        undefined,
        404,
        "LifecyclePolicyNotFound",
        /backups has no lifecycle policy/,
      );

      const put = await call(`PUT ${path()}`, { items });
      assert.equal(put.status, 200, JSON.stringify(put.body));
      assert.deepEqual(put.body.items, items);
      assert.deepEqual((await call(`GET ${path()}`)).body, put.body);
      const { objectLifecyclePolicyEtag, ...bucket } = (await call(`GET ${buckets}/backups`)).body;
      assert.equal(objectLifecyclePolicyEtag, put.headers.get("etag"));
      assert.deepEqual(bucket, before);

      await call(`PUT ${path()}`, { items: items.slice(1) });
      assert.deepEqual((await call(`GET ${path()}`)).body.items, items.slice(1));
      assert.equal((await call(`DELETE ${path()}`)).status, 204);
      await assertRefused(
        `DELETE ${path()}`,
        undefined,
        404,
        "LifecyclePolicyNotFound",
        /has no lifecycle policy/,
      );
      assert.deepEqual((await call(`GET ${buckets}/backups`)).body, before);
    });

    it("needs a bucket", async () => {
      await assertRefused(`PUT ${path()}`, { items }, 404, "BucketNotFound", /no bucket backups/);
    });

    const granted = lifecycleGrant(region, place);
    const grants: [what: string, statement: string | undefined, missing?: string][] = [
      ["the component's grant", granted],
      ["the component's grant for the whole tenancy", lifecycleGrant(region, "tenancy")],
      ["an unlimited grant", `Allow service objectstorage-${region} to manage object-family in ${place}`],
      [
        "a grant for the bucket",
        `Allow service objectstorage-${region} to manage object-family in ${place} where target.bucket.name='backups'`,
      ],
      [
        "no grant",
        undefined,
        "BUCKET_INSPECT, BUCKET_READ, OBJECT_INSPECT, OBJECT_UPDATE_TIER, OBJECT_DELETE, OBJECT_VERSION_DELETE",
      ],
      [
        "a grant without old versions",
        granted.replace(", request.permission='OBJECT_VERSION_DELETE'", ""),
        "OBJECT_VERSION_DELETE",
      ],
      ["a grant for another region", lifecycleGrant("eu-frankfurt-1", place), "BUCKET_INSPECT, "],
      [
        "a grant for another compartment",
        lifecycleGrant(region, `compartment id ${tenancyId}`),
        "BUCKET_INSPECT, ",
      ],
      [
        "a grant for another bucket",
        `Allow service objectstorage-${region} to manage object-family in ${place} where target.bucket.name='other'`,
        "BUCKET_INSPECT, ",
      ],
      [
        "a grant to read",
        `Allow service objectstorage-${region} to read object-family in ${place}`,
        "BUCKET_INSPECT, ",
      ],
      [
        "a grant of buckets alone",
        `Allow service objectstorage-${region} to manage buckets in ${place}`,
        "BUCKET_INSPECT, ",
      ],
    ];
    for (const [what, statement, missing] of grants) {
      it(`is ${missing === undefined ? "taken" : "refused"} with ${what}`, async () => {
        await makeBucket();
        if (statement !== undefined) assert.equal((await grant(statement)).status, 200);
        const { status, body } = await call(`PUT ${path()}`, { items });
        if (missing === undefined) return assert.equal(status, 200, JSON.stringify(body));
        assert.deepEqual([status, body.code], [400, "InsufficientServicePermissions"]);
        const message =
          'Permissions granted to the object storage service principal "objectstorage-sa-saopaulo-1" to this bucket ' +
          `are insufficient: no policy grants ${missing}`;
        assert.ok(body.message.startsWith(message), body.message);
        assert.equal((await call(`GET ${path()}`)).status, 404);
      });
    }

    it("is refused when the grant is gone or changed", async () => {
      await makeBucket();
      const { id } = (await grant(granted)).body;
      await call(`PUT /20160918/policies/${id}`, { statements: [lifecycleGrant("eu-frankfurt-1", place)] });
      await assertRefused(`PUT ${path()}`, { items }, 400, "InsufficientServicePermissions", /insufficient/);
      await call(`PUT /20160918/policies/${id}`, { statements: [granted] });
      assert.equal((await call(`PUT ${path()}`, { items })).status, 200);
      await call(`PUT /20160918/policies/${id}`, { description: "the statements stay" });
      assert.equal((await call(`PUT ${path()}`, { items })).status, 200);
      await call(`DELETE /20160918/policies/${id}`);
      await assertRefused(`PUT ${path()}`, { items }, 400, "InsufficientServicePermissions", /insufficient/);
    });

    const rules: [what: string, rules: object[], message: RegExp][] = [
      ["two rules of one name", [items[0]!, items[0]!], /^items: two rules have the same name$/],
      ["no day", [{ ...items[1], timeAmount: 0 }], /^items\.0\.timeAmount: /],
      ["days as text", [{ ...items[1], timeAmount: "14" }], /^items\.0\.timeAmount: /],
      ["another unit", [{ ...items[1], timeUnit: "WEEKS" }], /^items\.0\.timeUnit: /],
      ["another target", [{ ...items[1], target: "everything" }], /^items\.0\.target: /],
      ["uploads to delete", [{ ...items[0], action: "DELETE" }], /^items\.0: ABORT is for multipart-uploads/],
      ["versions to abort", [{ ...items[1], action: "ABORT" }], /^items\.0: ABORT is for multipart-uploads/],
    ];
    for (const [what, wrong, message] of rules) {
      it(`is refused with ${what}`, async () => {
        await makeBucket();
        await grant(granted);
        await assertRefused(`PUT ${path()}`, { items: wrong }, 400, "InvalidParameter", message);
      });
    }
  });

  for (const unserved of [
    "GET /20160918/users",
    "GET /20160918/policies",
    "GET /n/a/b",
    "HEAD /n/a/b/c",
    "PUT /n/a/b/c/o/d",
    "POST /n/a/b/c/retentionRules",
    "GET /20160918/workRequests/a",
  ]) {
    it(`does not serve ${unserved}`, async () => {
      const reply = await fetch(lab.server.url + unserved.split(" ")[1], { method: unserved.split(" ")[0] });
      assert.equal(reply.status, 400);
      assert.equal(lab.server.calls.at(-1)?.outcome, "unserved");
    });
  }

  it("fails in Oracle's own form", async () => {
    for (const [kind, status, code] of [
      ["rate-limit", 429, "TooManyRequests"],
      ["error", 500, "InternalServerError"],
    ] as const) {
      lab.server.fail({ kind });
      const reply = await call("GET /n");
      assert.deepEqual([reply.status, reply.body.code], [status, code]);
      assert.ok(reply.headers.get("opc-request-id"));
    }
  });
});
