import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { objectRules, rolesPolicy } from "./objects.js";
import { plainProperties, reportAll, resourcePolicy, secretPaths, type PlannedResource } from "./resource.js";
import * as apiToken from "./rules/apiToken.js";
import * as bucket from "./rules/bucket.js";
import * as admins from "./rules/clusterAdmins.js";
import * as guardedKeys from "./rules/guardedKeys.js";
import * as helmValues from "./rules/helmValues.js";
import * as namespaces from "./rules/namespaces.js";
import * as pinnedVersions from "./rules/pinnedVersions.js";
import * as publishedPasswords from "./rules/publishedPasswords.js";
import * as resourceIds from "./rules/resourceIds.js";

const releaseType = "kubernetes:helm.sh/v3:Release";
const tokenTypes = ["cloudflare:index/apiToken:ApiToken", "cloudflare:index/accountToken:AccountToken"];

/** Paths of the secrets in a resource's inputs, by its URN, between the two looks the engine takes at it. */
const secretsFound = new Map<string, string[]>();

/**
 * Validation sees secrets unwrapped, so whether a value is one can only be seen in the remediation that comes before it
 * and that changes nothing. A level of "remediate" is mandatory to the validation.
 */
const credentials: ResourceValidationPolicy = {
  ...kubernetesPolicy(
    "no-credential-in-helm-values",
    "Credentials reach a chart through Secrets, never through its values.",
    ({ inputs, urn }) => helmValues.checkRelease(inputs, secretsFound.get(urn)),
  ),
  enforcementLevel: "remediate",
  remediateResource: ({ urn, props }) => {
    secretsFound.set(urn, secretPaths(props));
  },
};

const idsWithoutSecrets = resourcePolicy(
  "no-secret-in-an-id",
  "The ids of resources, which are never secret, hold no secret.",
  ({ type, urn }) => resourceIds.checkId(type, secretsFound.get(urn) ?? []),
);

const passwords = kubernetesPolicy(
  "no-published-password",
  "No password is in use that a chart publishes.",
  ({ inputs }) => publishedPasswords.checkRelease(inputs),
);

const versions = kubernetesPolicy("versions-pinned", "Charts and images are pinned.", ({ inputs }) =>
  pinnedVersions.checkRelease(inputs),
);

const listedAdmins = kubernetesPolicy(
  "cluster-admins-listed",
  "Only those named in the list are cluster-admin.",
);

const labelledNamespaces = kubernetesPolicy(
  "namespaces-labelled",
  "Every namespace enforces a Pod Security Standard.",
  ({ inputs }) => namespaces.checkRelease(inputs),
);

const privateBucket = resourcePolicy(
  "bucket-private-and-protected",
  "Backups are private, keep their previous versions and cannot be deleted by mistake.",
  (resource) => {
    if (resource.type === "oci:ObjectStorage/bucket:Bucket") return bucket.checkBucket(resource);
    return resource.type === "oci:ObjectStorage/preauthrequest:Preauthrequest"
      ? bucket.checkPreauthenticatedRequest()
      : [];
  },
);

const oneZoneToken = resourcePolicy(
  "token-limited-to-one-zone",
  "A Cloudflare token expires and is good for one zone.",
  ({ type, inputs }) => (tokenTypes.includes(type) ? apiToken.checkToken(inputs) : []),
);

const protectedKeys = resourcePolicy(
  "guarding-keys-protected",
  "A generated key that guards data cannot be deleted by mistake.",
  guardedKeys.checkGenerated,
);

/** Looks at roles and bindings together, which no rule over one resource can. */
const noOtherAdmins: StackValidationPolicy = {
  name: rolesPolicy,
  description: "No role outside the list is as good as cluster-admin.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const objects = new Map(
      resources
        .filter(({ type }) => type.startsWith("kubernetes:rbac.authorization.k8s.io/"))
        .map(({ urn, props }) => [plainProperties(props), urn] as [unknown, string]),
    );
    for (const { binding, message } of admins.checkBindings([...objects.keys()])) {
      report(message, objects.get(binding));
    }
  },
};

const repositoryPassword: StackValidationPolicy = {
  name: "backups-encrypted-with-own-password",
  description: "Velero's backup repositories have a password of our own.",
  enforcementLevel: "mandatory",
  validateStack: ({ resources }, report) => {
    const inputs = (type: string) =>
      resources.filter((resource) => resource.type === type).map(({ props }) => plainProperties(props));
    const charts = inputs(releaseType).map(({ chart }) => chart);
    reportAll(
      publishedPasswords.checkRepositoryPassword(charts, inputs("kubernetes:core/v1:Secret")),
      report,
    );
  },
};

/** Every policy of the pack, all mandatory. */
export const policies: (ResourceValidationPolicy | StackValidationPolicy)[] = [
  credentials,
  idsWithoutSecrets,
  passwords,
  versions,
  listedAdmins,
  noOtherAdmins,
  labelledNamespaces,
  privateBucket,
  oneZoneToken,
  protectedKeys,
  repositoryPassword,
];

/** A policy over Kubernetes objects, and over Helm releases by a rule of their own. */
function kubernetesPolicy(
  name: keyof typeof objectRules,
  description: string,
  checkRelease: (release: PlannedResource) => string[] = () => [],
): ResourceValidationPolicy {
  const checkObject: (object: unknown) => string[] = objectRules[name];
  return resourcePolicy(name, description, (resource) => {
    if (resource.type === releaseType) return checkRelease(resource);
    // A Patch adds to an object that belongs to somebody else.
    const foreign = resource.type === "kubernetes:core/v1:NamespacePatch";
    return resource.type.startsWith("kubernetes:") && !foreign ? checkObject(resource.inputs) : [];
  });
}
