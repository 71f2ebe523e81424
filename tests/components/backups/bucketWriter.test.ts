import assert from "node:assert/strict";
import {
  BucketWriter,
  writerEmail,
  type BucketWriterArgs,
} from "../../../components/backups/bucketWriter.js";
import { writerStatements } from "../../../components/backups/policyStatements.js";
import { capture, isSecret, valueOf, type CaptureOptions } from "../../kit/capture.js";

const args: BucketWriterArgs = {
  tenancyId: "ocid1.tenancy.oc1..t",
  compartmentId: "ocid1.compartment.oc1..c",
  bucket: "homelab-backups",
  writer: "velero",
  description: "Velero's backups",
  prefixes: ["velero"],
  email: "ops@example.com",
};

const oracle: CaptureOptions = {
  outputs: (type) => (type.endsWith(":CustomerSecretKey") ? { key: "made-by-oracle" } : {}),
};

const run = (overrides: Partial<BucketWriterArgs> = {}, options: CaptureOptions = oracle) =>
  capture(() => new BucketWriter("writer", { ...args, ...overrides }), options);

describe("BucketWriter", () => {
  it("makes a user of its own, in a group of its own, in the tenancy", async () => {
    const captured = await run();
    const identity = {
      compartmentId: "ocid1.tenancy.oc1..t",
      description: "Velero's backups",
      name: "homelab-backups-velero",
    };
    assert.deepEqual(captured.one("oci:Identity/user:User").inputs, {
      ...identity,
      email: "ops+velero@example.com",
    });
    assert.deepEqual(captured.one("oci:Identity/group:Group").inputs, identity);
    assert.deepEqual(captured.one("oci:Identity/userGroupMembership:UserGroupMembership").inputs, {
      groupId: "writer-group-id",
      userId: "writer-user-id",
    });
  });

  it("sends no e-mail address where none is given", async () => {
    const user = (await run({ email: undefined })).one("oci:Identity/user:User");
    assert.ok(!("email" in user.inputs));
  });

  it("lets the user have nothing but customer secret keys", async () => {
    const capabilities = (await run()).one(
      "oci:Identity/userCapabilitiesManagement:UserCapabilitiesManagement",
    );
    assert.deepEqual(capabilities.inputs, {
      canUseApiKeys: false,
      canUseAuthTokens: false,
      canUseConsolePassword: false,
      canUseCustomerSecretKeys: true,
      canUseSmtpCredentials: false,
      userId: "writer-user-id",
    });
  });

  it("grants its group, once it exists, the statements for its prefixes", async () => {
    const policy = (await run()).one("oci:Identity/policy:Policy");
    assert.deepEqual(policy.dependencies, ["writer-group"]);
    assert.equal(policy.inputs["compartmentId"], "ocid1.tenancy.oc1..t");
    assert.equal(policy.inputs["name"], "homelab-backups-velero");
    assert.deepEqual(
      policy.inputs["statements"],
      writerStatements({
        group: "homelab-backups-velero",
        bucket: "homelab-backups",
        place: "compartment id ocid1.compartment.oc1..c",
        prefixes: ["velero"],
      }),
    );
  });

  it("grants listing alone where no prefixes are given", async () => {
    const policy = (await run({ prefixes: undefined })).one("oci:Identity/policy:Policy");
    assert.equal(policy.inputs["statements"].length, 2);
  });

  it("makes the key last, and keeps it secret in the state and in what it gives out", async () => {
    let made: BucketWriter | undefined;
    const captured = await capture(() => (made = new BucketWriter("writer", args)), oracle);
    const key = captured.one("oci:Identity/customerSecretKey:CustomerSecretKey");
    assert.deepEqual(key.inputs, { displayName: "homelab-backups-velero", userId: "writer-user-id" });
    assert.deepEqual(key.additionalSecretOutputs, ["key"]);
    assert.deepEqual(key.dependencies, [
      "writer-capabilities",
      "writer-membership",
      "writer-policy",
      "writer-user",
    ]);
    assert.equal(await valueOf(made!.accessKey), "writer-key-id");
    assert.equal(await valueOf(made!.secretKey), "made-by-oracle");
    assert.equal(await isSecret(made!.secretKey), true);
    assert.deepEqual(captured.one("cluster-security:backups:BucketWriter").outputs, {
      accessKey: "writer-key-id",
      secretKey: "made-by-oracle",
    });
  });

  it("is the parent of everything it makes", async () => {
    const captured = await run();
    const children = captured.resources.filter((resource) => resource.custom);
    assert.equal(children.length, 6);
    for (const child of children) assert.equal(child.parent, "writer", child.name);
  });

  it("registers the same resources with known and unknown values", async () => {
    assert.deepEqual((await run({}, { preview: true })).shape(), (await run()).shape());
  });
});

describe("writerEmail", () => {
  const cases = [
    ["ops@example.com", "velero", "ops+velero@example.com"],
    ["ops+oci@example.com", "node-jobs", "ops+oci+node-jobs@example.com"],
    ['"odd@local"@example.com', "velero", '"odd@local"+velero@example.com'],
  ] as const;
  for (const [email, writer, expected] of cases) {
    it(`makes ${expected} of ${email}`, () => assert.equal(writerEmail(email, writer), expected));
  }
});
