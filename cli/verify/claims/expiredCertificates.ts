import { addOnNamespaces } from "../../../components/common/addOnNamespaces.js";
import { issued, renewed, requested } from "../checks/certificates/certificates.js";
import { acmeIssuer, selfSignedIssuer, token } from "../checks/certificates/issuers.js";
import type { Concern } from "../claim.js";
import { whileRunning, workloadsReady, type WorkloadRef } from "../cluster/workloads.js";

const namespace = addOnNamespaces.certManager;
const deployment = (name: string): WorkloadRef => ({ kind: "Deployment", namespace, name });
const controller = deployment("cert-manager");

export const expiredCertificates: Concern = {
  concern: "Expired TLS certs",
  mitigation: "cert-manager with auto-renewal",
  claims: [
    {
      claim: "cert-manager runs, with its webhook and CA injector",
      check: (target) =>
        workloadsReady(
          target,
          "cert-manager",
          ["cert-manager", "cert-manager-webhook", "cert-manager-cainjector"].map(deployment),
        ),
    },
    {
      claim: "letsencrypt-prod uses the ACME DNS-01 challenge via the Cloudflare API",
      check: whileRunning(controller, acmeIssuer),
    },
    {
      claim: "selfsigned-issuer issues for internal services",
      check: whileRunning(controller, selfSignedIssuer),
    },
    { claim: "The Cloudflare token is where the issuer looks for it", check: token },
    { claim: "Each certificate is asked for with its names, from its issuer", check: requested },
    { claim: "Each certificate is Ready, with its names and in time", check: issued },
    {
      claim: "Certificates are renewed before expiry, without anybody doing anything",
      check: whileRunning(controller, renewed),
    },
  ],
};
