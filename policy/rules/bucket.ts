import { notYetKnown, shown, type PlannedResource } from "../resource.js";

/** Violations of a bucket in Object Storage (oci:ObjectStorage/bucket:Bucket). */
export function checkBucket({ inputs, protect }: Pick<PlannedResource, "inputs" | "protect">): string[] {
  const demand = (input: string, allowed: string, otherwise: string) =>
    inputs[input] === allowed || inputs[input] === notYetKnown
      ? []
      : [`${input} is ${shown(inputs[input])}, ${otherwise}; only "${allowed}" is allowed. Set it.`];
  return [
    ...demand("accessType", "NoPublicAccess", "which may let anybody read backups"),
    ...demand("versioning", "Enabled", "so what a stolen key deletes or overwrites is gone"),
    ...(protect
      ? []
      : [
          "the resource is not protected, so a mistake in the program could delete every backup; only protect: true is " +
            "allowed. Set it in the resource options.",
        ]),
  ];
}

/** Violation of a pre-authenticated request (oci:ObjectStorage/preauthrequest:Preauthrequest), whatever its inputs. */
export function checkPreauthenticatedRequest(): string[] {
  return [
    "a pre-authenticated request lets everybody who has its address into the bucket; only users limited by policy are allowed. " +
      "Make a user and a customer secret key, as components/backups/bucketWriter.ts does.",
  ];
}
