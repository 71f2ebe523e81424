import * as pulumi from "@pulumi/pulumi";
import { Addon, type ReleaseOptions } from "../common/addon.js";
import { HarborCredentials, type HarborCredentialsArgs } from "./harborCredentials.js";
import { HarborRoute, type HarborRouteArgs } from "./harborRoute.js";
import { harborUrl, harborValues, type HarborValuesArgs } from "./harborValues.js";

/**
 * Namespace, hostname and gateway must be given; everything else has a default. Where nginx ends TLS, the certificate's
 * Secret must exist before: the release waits for nginx, and nginx for its certificate.
 */
export type HarborArgs = HarborCredentialsArgs & HarborRouteArgs & HarborValuesArgs & ReleaseOptions;

/**
 * Harbor with Trivy, behind a Gateway that exists already: core, registry with registryctl, nginx, portal, jobservice,
 * database, Redis and Trivy, and an exporter where there is monitoring (https://goharbor.io).
 */
export class Harbor extends pulumi.ComponentResource {
  /** Password that the user admin begins with; secret. It is read at the first start only. */
  readonly adminPassword: pulumi.Output<string>;
  /** Address for browsers and registry clients. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: HarborArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:registry:Harbor", name, {}, opts);
    const credentials = new HarborCredentials(`${name}-credentials`, args, { parent: this });
    const addon = new Addon(
      `${name}-chart`,
      {
        chart: "harbor",
        chartVersion: args.chartVersion,
        timeoutSeconds: args.timeoutSeconds,
        namespace: args.namespace,
        values: harborValues(args),
      },
      { parent: this, dependsOn: credentials },
    );
    new HarborRoute(`${name}-route`, args, { parent: this, dependsOn: addon });
    this.adminPassword = credentials.adminPassword;
    this.url = pulumi.output(harborUrl(args.hostname));
    this.registerOutputs({ adminPassword: this.adminPassword, url: this.url });
  }
}
