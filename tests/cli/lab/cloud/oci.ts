import { startOci, type OciOptions, type OciServer } from "../../../../cli/lab/cloud/oci.js";
import { ociCaller, type Caller } from "./calls.js";

export const tenancyId = "ocid1.tenancy.oc1..lab";
export const compartmentId = "ocid1.compartment.oc1..lab";
export const region = "sa-saopaulo-1";

export interface OciLab {
  server: OciServer;
  call: Caller;
  log: string[];
}

/** A tenancy with one compartment. */
export async function ociLab(options: Partial<OciOptions> = {}): Promise<OciLab> {
  const log: string[] = [];
  const server = await startOci({
    tenancyId,
    compartmentIds: [compartmentId],
    region,
    log: (line) => log.push(line),
    ...options,
  });
  return { server, call: ociCaller(server), log };
}
