import { createHash, generateKeyPair, randomBytes, type KeyPairKeyObjectResult } from "node:crypto";
import { promisify } from "node:util";
import { bucketRoutes } from "./ociBuckets.js";
import { groupRoutes } from "./ociGroups.js";
import { policyRoutes } from "./ociPolicies.js";
import { Tenancy, type TenancyOptions } from "./ociTenancy.js";
import { secretKeyRoutes, userRoutes } from "./ociUsers.js";
import { serve, type CloudServer, type ServeOptions } from "./server.js";
import { Refusal, type Answer, type CloudRequest, type Service } from "./service.js";

export interface OciOptions extends ServeOptions, TenancyOptions {}

/** The key that callers have to sign with, as Oracle's tools want it. */
export interface OciCredentials {
  tenancyId: string;
  userId: string;
  /** Of the public key. */
  fingerprint: string;
  /** PEM. Secret, though it opens nothing but this server. */
  privateKey: string;
}

export interface OciServer extends CloudServer {
  region: string;
  credentials: OciCredentials;
}

/** Oracle's Object Storage and Identity API as far as `BackupBucket` and `BucketWriter` use them. */
export async function startOci({ port, log, ...options }: OciOptions): Promise<OciServer> {
  const tenancy = new Tenancy(options);
  const credentials = await newCredentials(tenancy);
  const server = await serve(oci(tenancy, credentials), { port, log });
  return { ...server, region: tenancy.region, credentials };
}

/**
 * Environment that makes the official plugin talk to the server. The variables are read by the plugin itself, so they
 * work for default and explicit providers alike, and a port that changes between two runs is no change of a resource.
 */
export function ociEnvironment({ url, region, credentials }: OciServer): Record<string, string> {
  const clients = ["oci_object_storage.ObjectStorageClient", "oci_identity.IdentityClient"];
  return {
    TF_VAR_CLIENT_HOST_OVERRIDES: clients.map((client) => `${client}=${url}`).join(";"),
    TF_VAR_auth: "ApiKey",
    TF_VAR_region: region,
    TF_VAR_tenancy_ocid: credentials.tenancyId,
    TF_VAR_user_ocid: credentials.userId,
    TF_VAR_fingerprint: credentials.fingerprint,
    TF_VAR_private_key: credentials.privateKey,
  };
}

function oci(tenancy: Tenancy, { tenancyId, userId, fingerprint }: OciCredentials): Service {
  const signer = `keyId="${tenancyId}/${userId}/${fingerprint}"`;
  const answers = new Map<string, Answer>();
  return {
    name: "oci",
    routes: [bucketRoutes, userRoutes, secretKeyRoutes, groupRoutes, policyRoutes].flatMap((routes) =>
      routes(tenancy),
    ),
    codes: {
      unserved: "NotImplemented",
      malformed: "InvalidParameter",
      "rate-limit": "TooManyRequests",
      error: "InternalServerError",
    },
    answer(request, handle) {
      const { authorization = "" } = request.headers;
      if (!authorization.startsWith("Signature ") || !authorization.includes(signer)) {
        throw new Refusal(401, "NotAuthenticated", "the call is not signed with the lab's key");
      }
      return withRequestId(once(answers, request, handle));
    },
    refuse: ({ status, code, message }) => withRequestId({ status, body: { code: String(code), message } }),
    holds: () => tenancy.holds(),
  };
}

/**
 * A caller that lost an answer asks again with the same token, and gets what it missed instead of a second user, or a
 * refusal because there is one by that name (https://docs.oracle.com/iaas/Content/API/Concepts/usingapi.htm).
 */
function once(
  answers: Map<string, Answer>,
  request: CloudRequest,
  handle: (request: CloudRequest) => Answer,
): Answer {
  const token = request.headers["opc-retry-token"];
  if (typeof token !== "string") return handle(request);
  const key = `${request.method} ${request.path} ${token}`;
  const answer = answers.get(key) ?? handle(request);
  answers.set(key, answer);
  return answer;
}

function withRequestId(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, "opc-request-id": randomBytes(16).toString("hex") } };
}

async function newCredentials({ id, callerId }: Tenancy): Promise<OciCredentials> {
  keyPair ??= promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const { publicKey, privateKey } = await keyPair;
  const digest = createHash("md5")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
  return {
    tenancyId: id,
    userId: callerId,
    fingerprint: digest.replace(/..(?=.)/g, "$&:"),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** One for all servers of this process, because it takes a while to make. */
let keyPair: Promise<KeyPairKeyObjectResult> | undefined;
