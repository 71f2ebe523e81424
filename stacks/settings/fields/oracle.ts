import type { z } from "zod";
import { didYouMean } from "../../../components/common/mend.js";
import { nearest } from "../../../components/common/nearest.js";
import { isPlaceholder } from "./placeholder.js";
import { text } from "./text.js";

/**
 * An Oracle Cloud identifier of one resource type, in the commercial realm: others have other hosts than oraclecloud.com
 * (https://docs.oracle.com/en-us/iaas/Content/General/Concepts/identifiers.htm).
 */
export function ocid(description: string, type: "tenancy" | "compartment"): z.ZodString {
  return text(description, (value) => {
    // The root compartment of a tenancy is the tenancy itself.
    const allowed = type === "compartment" ? "(compartment|tenancy)" : type;
    if (isPlaceholder(value) || new RegExp(`^ocid1\\.${allowed}\\.oc1\\.[a-z0-9-]*\\.[a-z0-9]+$`).test(value))
      return undefined;
    return `"${value}" is not the OCID of a ${type}; it begins ocid1.${type}.oc1..`;
  }).meta({ examples: [`ocid1.${type}.oc1..aaaa`] });
}

/**
 * Name of a bucket (https://docs.oracle.com/en-us/iaas/Content/Object/Tasks/managingbuckets.htm), short enough for its
 * longest user, `<bucket>-statistics`, to have a name of 100 characters
 * (https://docs.oracle.com/en-us/iaas/api/#/en/identity/20160918/datatypes/CreateUserDetails).
 */
export function bucketName(description: string): z.ZodString {
  return text(description, (value) =>
    /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,89}$/.test(value)
      ? undefined
      : `"${value}" is not a bucket name (up to 89 letters, digits, ., _ and -)`,
  );
}

/** A region by its identifier. */
export function region(description: string): z.ZodString {
  return text(description, (value) =>
    /^[a-z]{2}-[a-z]+-\d$/.test(value)
      ? undefined
      : {
          message: `"${value}" is not an OCI region such as sa-saopaulo-1`,
          mend: didYouMean(value.toLowerCase()),
        },
  ).meta({ examples: ["sa-saopaulo-1"] });
}

/** Public regions of the commercial realm as of November 2025 (https://docs.oracle.com/en-us/iaas/Content/General/Concepts/regions.htm). */
const knownRegions = [
  ...["af-johannesburg-1", "ap-batam-1", "ap-chuncheon-1", "ap-hyderabad-1", "ap-melbourne-1", "ap-mumbai-1"],
  ...["ap-osaka-1", "ap-seoul-1", "ap-singapore-1", "ap-singapore-2", "ap-sydney-1", "ap-tokyo-1"],
  ...["ca-montreal-1", "ca-toronto-1", "eu-amsterdam-1", "eu-frankfurt-1", "eu-madrid-1"],
  ...[
    "eu-madrid-3",
    "eu-marseille-1",
    "eu-milan-1",
    "eu-paris-1",
    "eu-stockholm-1",
    "eu-turin-1",
    "eu-zurich-1",
  ],
  ...["il-jerusalem-1", "me-abudhabi-1", "me-dubai-1", "me-jeddah-1", "me-riyadh-1", "mx-monterrey-1"],
  ...["mx-queretaro-1", "sa-bogota-1", "sa-santiago-1", "sa-saopaulo-1", "sa-valparaiso-1", "sa-vinhedo-1"],
  ...["uk-cardiff-1", "uk-london-1", "us-ashburn-1", "us-chicago-1", "us-phoenix-1", "us-sanjose-1"],
];

export function isKnownRegion(value: string): boolean {
  return knownRegions.includes(value);
}

/** The known region that a name was probably meant to be; undefined if it is like none. */
export function nearestRegion(value: string): string | undefined {
  return nearest(value, knownRegions, 3);
}
