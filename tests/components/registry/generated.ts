/** Outputs of the resources that generate: recognisable texts in place of random ones. */
export function generated(type: string, name: string): Record<string, string> {
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return { result: `${name} result`, bcryptHash: `${name} hash` };
    case "tls:index/privateKey:PrivateKey":
      return { privateKeyPem: `${name} key` };
    case "tls:index/selfSignedCert:SelfSignedCert":
      return { certPem: `${name} certificate` };
    default:
      return {};
  }
}
