import assert from "node:assert/strict";
import { lifecycleGrant, writerStatements } from "../../../../components/backups/policyStatements.js";
import { compartmentId, ociLab, region, tenancyId, type OciLab } from "./oci.js";

const user = (changes = {}) => ({
  compartmentId: tenancyId,
  name: "writer",
  description: "writes",
  ...changes,
});
const policy = (changes = {}) => ({
  ...user({ name: "policy" }),
  statements: [lifecycleGrant(region, "tenancy")],
  ...changes,
});

describe("Oracle's identity service in the lab", () => {
  let lab: OciLab;
  const call: OciLab["call"] = (...request) => lab.call(...request);

  beforeEach(async () => {
    lab = await ociLab();
  });
  afterEach(() => lab.server.stop());

  async function make(path: string, body: unknown): Promise<any> {
    const reply = await call(`POST /20160918/${path}`, body);
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body;
  }

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
    assert.equal(lab.server.calls.at(-1)?.outcome, "refused");
  }

  for (const [kind, path, wanted] of [
    ["user", "users", user()],
    ["group", "groups", user()],
    ["policy", "policies", policy()],
  ] as const) {
    describe(`a ${kind}`, () => {
      it("is made, read, changed and deleted", async () => {
        const { id, ...made } = await make(path, wanted);
        assert.ok(id.startsWith(`ocid1.${kind}.oc1..`));
        for (const [key, value] of Object.entries(wanted)) assert.deepEqual(made[key], value);
        assert.deepEqual([made.lifecycleState, made.freeformTags, made.definedTags], ["ACTIVE", {}, {}]);
        assert.ok(!Number.isNaN(Date.parse(made.timeCreated)));
        assert.equal("parsed" in made, false);
        assert.deepEqual(lab.server.holds(), [`${kind} ${wanted.name}`]);

        const read = await call(`GET /20160918/${path}/${id}`);
        assert.deepEqual(read.body, { id, ...made });
        const change = { description: "other", freeformTags: { a: "b" } };
        const changed = await call(`PUT /20160918/${path}/${id}`, change);
        assert.deepEqual(changed.body, { id, ...made, ...change });
        assert.notEqual(changed.headers.get("etag"), read.headers.get("etag"));
        assert.equal(
          (await call(`GET /20160918/${path}/${id}`)).headers.get("etag"),
          changed.headers.get("etag"),
        );

        assert.equal((await call(`DELETE /20160918/${path}/${id}`)).status, 204);
        assert.deepEqual(lab.server.holds(), []);
        for (const method of ["GET", "PUT", "DELETE"]) {
          const body = method === "PUT" ? change : undefined;
          await assertRefused(
            `${method} /20160918/${path}/${id}`,
            body,
            404,
            "NotAuthorizedOrNotFound",
            /not found/,
          );
        }
      });

      it("has a name of its own, whatever its case", async () => {
        await make(path, wanted);
        const again = { ...wanted, name: wanted.name.toUpperCase() };
        const name = kind[0]!.toUpperCase() + kind.slice(1);
        await assertRefused(`POST /20160918/${path}`, again, 409, `${name}AlreadyExists`, /already exists/);
      });

      it("has a form", async () => {
        const wrong: [changes: object, message: RegExp][] = [
          [{ name: "" }, /^name: /],
          [{ name: undefined }, /^name: /],
          [{ description: undefined }, /^description: /],
          [{ compartmentId: undefined }, /^compartmentId: /],
          [{ password: "needle" }, /^Unrecognized key: "password"$/],
        ];
        for (const [changes, message] of wrong) {
          await assertRefused(
            `POST /20160918/${path}`,
            { ...wanted, ...changes },
            400,
            "InvalidParameter",
            message,
          );
        }
        const { id } = await make(path, wanted);
        const rename = { name: "other" };
        await assertRefused(
          `PUT /20160918/${path}/${id}`,
          rename,
          400,
          "InvalidParameter",
          /Unrecognized key: "name"/,
        );
        assert.doesNotMatch(lab.log.join(), /needle/);
      });

      it("is made once for a caller that lost the answer", async () => {
        const token = { "opc-retry-token": "a" };
        lab.server.fail({ kind: "time-out", seconds: 0.01, takesEffect: true });
        await assert.rejects(call(`POST /20160918/${path}`, wanted, token));
        const { status, body } = await call(`POST /20160918/${path}`, wanted, token);
        assert.equal(status, 200);
        assert.equal((await call(`GET /20160918/${path}/${body.id}`)).status, 200);
        assert.equal(lab.server.holds().length, 1);
        const other = await call(`POST /20160918/${path}`, wanted, { "opc-retry-token": "b" });
        assert.equal(other.status, 409);
      });
    });
  }

  for (const path of ["users", "groups"]) {
    it(`keeps ${path} in the tenancy`, async () => {
      const elsewhere = user({ compartmentId });
      await assertRefused(
        `POST /20160918/${path}`,
        elsewhere,
        400,
        "InvalidParameter",
        /live in the tenancy, not in a/,
      );
    });
  }

  describe("addresses", () => {
    it("need none without identity domains", async () => {
      await make("users", user());
      await make("users", user({ name: "other", email: "ops@example.com" }));
      await make("users", user({ name: "third", email: "ops@example.com" }));
      const wrong = user({ name: "fourth", email: "ops" });
      await assertRefused(
        "POST /20160918/users",
        wrong,
        400,
        "InvalidParameter",
        /^email: must be an address/,
      );
    });

    it("are each user's own with identity domains", async () => {
      await lab.server.stop();
      lab = await ociLab({ identityDomains: true });
      await assertRefused("POST /20160918/users", user(), 400, "InvalidParameter", /needs an email address/);
      const { id } = await make("users", user({ email: "ops+a@example.com" }));
      const same = user({ name: "other", email: "ops+a@example.com" });
      await assertRefused("POST /20160918/users", same, 400, "InvalidParameter", /another user has this/);
      const other = await make("users", { ...same, email: "ops+b@example.com" });
      const change = { email: "ops+a@example.com" };
      await assertRefused(
        `PUT /20160918/users/${other.id}`,
        change,
        400,
        "InvalidParameter",
        /another user has this/,
      );
      assert.equal((await call(`PUT /20160918/users/${id}`, change)).status, 200);
      assert.equal((await call(`PUT /20160918/users/${id}`, { description: "new" })).status, 200);
    });
  });

  describe("capabilities", () => {
    it("are all there at first, and taken one by one", async () => {
      const { id, capabilities } = await make("users", user());
      assert.deepEqual(new Set(Object.values(capabilities)), new Set([true]));
      const { body } = await call(`PUT /20160918/users/${id}/capabilities`, { canUseApiKeys: false });
      assert.deepEqual(body.capabilities, { ...capabilities, canUseApiKeys: false });
      assert.deepEqual((await call(`GET /20160918/users/${id}`)).body, body);
      const other = await make("users", user({ name: "other" }));
      assert.deepEqual(other.capabilities, capabilities);
    });

    it("are the known ones", async () => {
      const { id } = await make("users", user());
      const request = `PUT /20160918/users/${id}/capabilities`;
      await assertRefused(request, { canFly: true }, 400, "InvalidParameter", /Unrecognized key: "canFly"/);
    });
  });

  describe("memberships", () => {
    it("join a user and a group, which then cannot be deleted", async () => {
      const [writer, group] = [await make("users", user()), await make("groups", user({ name: "writers" }))];
      const { id, ...membership } = await make("userGroupMemberships", {
        userId: writer.id,
        groupId: group.id,
      });
      assert.deepEqual(
        [membership.userId, membership.groupId, membership.compartmentId],
        [writer.id, group.id, tenancyId],
      );
      assert.deepEqual((await call(`GET /20160918/userGroupMemberships/${id}`)).body, { id, ...membership });
      assert.deepEqual(lab.server.holds(), ["user writer", "group writers", `group membership ${id}`]);

      const again = { userId: writer.id, groupId: group.id };
      await assertRefused(
        "POST /20160918/userGroupMemberships",
        again,
        409,
        "MembershipAlreadyExists",
        /already/,
      );
      await assertRefused(
        `DELETE /20160918/users/${writer.id}`,
        undefined,
        409,
        "Conflict",
        /the user is in a group/,
      );
      await assertRefused(
        `DELETE /20160918/groups/${group.id}`,
        undefined,
        409,
        "Conflict",
        /the group is not empty/,
      );

      for (const path of [`userGroupMemberships/${id}`, `users/${writer.id}`, `groups/${group.id}`]) {
        assert.equal((await call(`DELETE /20160918/${path}`)).status, 204);
      }
      assert.deepEqual(lab.server.holds(), []);
    });

    it("join many to one and one to many", async () => {
      const users = [await make("users", user({ name: "a" })), await make("users", user({ name: "b" }))];
      const groups = [await make("groups", user({ name: "c" })), await make("groups", user({ name: "d" }))];
      for (const { id: userId } of users) {
        for (const { id: groupId } of groups) await make("userGroupMemberships", { userId, groupId });
      }
      assert.equal(lab.server.holds().length, 8);
    });

    it("need both", async () => {
      const [writer, group] = [await make("users", user()), await make("groups", user())];
      for (const wrong of [
        { userId: group.id, groupId: group.id },
        { userId: writer.id, groupId: writer.id },
      ]) {
        await assertRefused(
          "POST /20160918/userGroupMemberships",
          wrong,
          404,
          "NotAuthorizedOrNotFound",
          /not found: /,
        );
      }
    });
  });

  describe("customer secret keys", () => {
    it("show the secret in the answer that makes one and in no other", async () => {
      const { id: userId } = await make("users", user());
      const path = `/20160918/users/${userId}/customerSecretKeys`;
      const { key, ...rest } = (await call(`POST ${path}`, { displayName: "writer" })).body;
      assert.equal(Buffer.from(key, "base64").length, 32);
      assert.match(rest.id, /^[0-9a-f]{40}$/);
      assert.deepEqual([rest.userId, rest.displayName, rest.lifecycleState], [userId, "writer", "ACTIVE"]);
      assert.deepEqual((await call(`GET ${path}`)).body, [rest]);
      const renamed = await call(`PUT ${path}/${rest.id}`, { displayName: "other" });
      assert.deepEqual(renamed.body, { ...rest, displayName: "other" });
      assert.deepEqual(lab.server.holds(), ["user writer", "customer secret key other"]);
      for (const text of [...lab.log, ...lab.server.holds(), JSON.stringify(lab.server.calls)]) {
        assert.ok(!text.includes(key), text);
      }
      assert.equal((await call(`DELETE ${path}/${rest.id}`)).status, 204);
      assert.deepEqual((await call(`GET ${path}`)).body, []);
      await assertRefused(
        `DELETE ${path}/${rest.id}`,
        undefined,
        404,
        "NotAuthorizedOrNotFound",
        /not found/,
      );
    });

    it("are the same for a caller that lost the answer", async () => {
      const { id } = await make("users", user());
      const request = `POST /20160918/users/${id}/customerSecretKeys`;
      const token = { "opc-retry-token": "a" };
      const first = await call(request, { displayName: "a" }, token);
      const again = await call(request, { displayName: "a" }, token);
      assert.deepEqual(again.body, first.body);
      assert.notEqual((await call(request, { displayName: "a" })).body.key, first.body.key);
    });

    it("are at most two, each user's own, and go with the user", async () => {
      const [a, b] = [await make("users", user()), await make("users", user({ name: "other" }))];
      const path = `/20160918/users/${a.id}/customerSecretKeys`;
      const { body: first } = await call(`POST ${path}`, { displayName: "1" });
      await call(`POST ${path}`, { displayName: "2" });
      await assertRefused(
        `POST ${path}`,
        { displayName: "3" },
        400,
        "LimitExceeded",
        /has 2 customer secret keys already/,
      );
      const stranger = `/20160918/users/${b.id}/customerSecretKeys`;
      assert.deepEqual((await call(`GET ${stranger}`)).body, []);
      await assertRefused(
        `DELETE ${stranger}/${first.id}`,
        undefined,
        404,
        "NotAuthorizedOrNotFound",
        /not found/,
      );
      await call(`DELETE /20160918/users/${a.id}`);
      assert.deepEqual(lab.server.holds(), ["user other"]);
      await assertRefused(`GET ${path}`, undefined, 404, "NotAuthorizedOrNotFound", /not found/);
    });

    it("are not for a user who may not use them", async () => {
      const { id } = await make("users", user());
      await call(`PUT /20160918/users/${id}/capabilities`, { canUseCustomerSecretKeys: false });
      const request = `POST /20160918/users/${id}/customerSecretKeys`;
      await assertRefused(
        request,
        { displayName: "a" },
        400,
        "InvalidParameter",
        /may not use customer secret keys/,
      );
    });
  });

  describe("policies", () => {
    const place = `compartment id ${compartmentId}`;
    const statements = writerStatements({ group: "writers", bucket: "backups", place, prefixes: ["velero"] });

    it("name groups that exist, when they are made and when they are changed", async () => {
      const missing = /^The group writers specified in the policy statement does not exist/;
      await assertRefused(
        "POST /20160918/policies",
        policy({ statements }),
        400,
        "InvalidParameter",
        missing,
      );
      const { id } = await make("policies", policy());
      await assertRefused(`PUT /20160918/policies/${id}`, { statements }, 400, "InvalidParameter", missing);
      await make("groups", user({ name: "Writers" }));
      assert.deepEqual(
        (await call(`PUT /20160918/policies/${id}`, { statements })).body.statements,
        statements,
      );
      await make("policies", policy({ name: "other", statements }));
    });

    it("name compartments that exist", async () => {
      const elsewhere = [lifecycleGrant(region, "compartment id ocid1.compartment.oc1..other")];
      const request = "POST /20160918/policies";
      const missing = /^Compartment ocid1\.compartment\.oc1\.\.other does not exist/;
      await assertRefused(request, policy({ statements: elsewhere }), 400, "InvalidParameter", missing);
      const lost = policy({ compartmentId: "ocid1.compartment.oc1..other" });
      await assertRefused(
        request,
        lost,
        404,
        "NotAuthorizedOrNotFound",
        /compartment ocid1\.compartment\.oc1\.\.other$/,
      );
    });

    it("are written in the policy language", async () => {
      const request = "POST /20160918/policies";
      const wrong = policy({ statements: ["Let it be"] });
      await assertRefused(request, wrong, 400, "InvalidParameter", /^not a policy statement: Let it be$/);
      await assertRefused(request, policy({ statements: [] }), 400, "InvalidParameter", /^statements: /);
    });
  });
});
