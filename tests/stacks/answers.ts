import type { CaptureOptions } from "../kit/capture.js";

/** Stands for every generated credential. */
export const needle = "needle0123456789";

export const answers: CaptureOptions = {
  outputs: (type) => {
    switch (type) {
      case "random:index/randomPassword:RandomPassword":
        return { result: needle, bcryptHash: `$2a$10$${needle}` };
      case "tls:index/privateKey:PrivateKey":
        return { privateKeyPem: `PRIVATE ${needle}` };
      case "tls:index/selfSignedCert:SelfSignedCert":
        return { certPem: "certificate" };
      case "tls:index/certRequest:CertRequest":
        return { certRequestPem: "request" };
      case "cloudflare:index/apiToken:ApiToken":
        return { value: needle };
      case "oci:Identity/customerSecretKey:CustomerSecretKey":
        return { key: needle };
      default:
        return {};
    }
  },
  invoke: (token) => ({
    zoneId: "zone",
    id: "zone",
    namespace: "tenancy-namespace",
    results: ["DNS Write", "Zone Read"].map((name) => ({
      id: name,
      name,
      scopes: ["com.cloudflare.api.account.zone"],
    })),
    token,
  }),
};
