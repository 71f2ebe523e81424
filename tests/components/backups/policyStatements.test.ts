import assert from "node:assert/strict";
import fc from "fast-check";
import {
  lifecycleGrant,
  statementLocation,
  writerStatements,
} from "../../../components/backups/policyStatements.js";

const bucket = "homelab-backups";
const place = "compartment id ocid1.compartment.oc1..c";

describe("policy statements", () => {
  it("call the root compartment the tenancy and any other by its id", () => {
    assert.equal(statementLocation("ocid1.tenancy.oc1..t", "ocid1.tenancy.oc1..t"), "tenancy");
    assert.equal(statementLocation("ocid1.tenancy.oc1..t", "ocid1.compartment.oc1..c"), place);
  });

  it("let the service carry out lifecycle policies without reading or writing objects", () => {
    assert.equal(
      lifecycleGrant("sa-saopaulo-1", place),
      "Allow service objectstorage-sa-saopaulo-1 to manage object-family in compartment id ocid1.compartment.oc1..c " +
        "where any {request.permission='BUCKET_INSPECT', request.permission='BUCKET_READ', " +
        "request.permission='OBJECT_INSPECT', request.permission='OBJECT_UPDATE_TIER', " +
        "request.permission='OBJECT_DELETE', request.permission='OBJECT_VERSION_DELETE'}",
    );
  });

  it("let a writer list the bucket and change what lies under each of its prefixes", () => {
    const prefixes = ["restic-k8s", "pg-dump"];
    assert.deepEqual(writerStatements({ group: "homelab-backups-node-jobs", bucket, place, prefixes }), [
      "Allow group homelab-backups-node-jobs to read buckets in compartment id ocid1.compartment.oc1..c " +
        "where target.bucket.name='homelab-backups'",
      "Allow group homelab-backups-node-jobs to inspect objects in compartment id ocid1.compartment.oc1..c " +
        "where target.bucket.name='homelab-backups'",
      "Allow group homelab-backups-node-jobs to manage objects in compartment id ocid1.compartment.oc1..c " +
        "where all {target.bucket.name='homelab-backups', target.object.name='restic-k8s/*', " +
        "any {request.permission='OBJECT_READ', request.permission='OBJECT_CREATE', " +
        "request.permission='OBJECT_OVERWRITE', request.permission='OBJECT_DELETE'}}",
      "Allow group homelab-backups-node-jobs to manage objects in compartment id ocid1.compartment.oc1..c " +
        "where all {target.bucket.name='homelab-backups', target.object.name='pg-dump/*', " +
        "any {request.permission='OBJECT_READ', request.permission='OBJECT_CREATE', " +
        "request.permission='OBJECT_OVERWRITE', request.permission='OBJECT_DELETE'}}",
    ]);
  });

  it("let a writer without prefixes list the bucket and nothing more", () => {
    assert.deepEqual(writerStatements({ group: "g", bucket, place: "tenancy", prefixes: [] }), [
      "Allow group g to read buckets in tenancy where target.bucket.name='homelab-backups'",
      "Allow group g to inspect objects in tenancy where target.bucket.name='homelab-backups'",
    ]);
  });

  for (const prefix of ["", "*", "velero/", "../velero", "Velero", "a', target.object.name='*"]) {
    it(`refuse the prefix ${JSON.stringify(prefix)}`, () => {
      assert.throws(() => writerStatements({ group: "g", bucket, place, prefixes: ["velero", prefix] }), {
        message: `prefix "${prefix}" is not lower-case letters, digits and hyphens, such as velero`,
      });
    });
  }

  it("never give a writer a permission that reaches versions, the bucket's settings or other buckets", () => {
    const segment = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/);
    const forbidden = /VERSION_DELETE|BUCKET_|PAR_|RETENTION|RESTORE|object-family|(manage|use) buckets/;
    fc.assert(
      fc.property(segment, fc.uniqueArray(segment, { maxLength: 4 }), (group, prefixes) => {
        for (const statement of writerStatements({ group, bucket, place, prefixes })) {
          assert.doesNotMatch(statement, forbidden);
          assert.match(statement, /target\.bucket\.name='homelab-backups'/);
          if (statement.includes("manage objects")) {
            assert.match(statement, /where all \{.*target\.object\.name='[a-z0-9-]+\/\*'.*\}$/);
          }
        }
      }),
    );
  });
});
