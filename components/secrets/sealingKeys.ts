import * as pulumi from "@pulumi/pulumi";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import { SelfSignedCert } from "@pulumi/tls/selfSignedCert.js";
import { stateSecret } from "../common/stateSecret.js";
import { listProblem, orderProblem, pairProblem } from "./sealingKeyProblems.js";

/** Size the controller itself gives its keys, in bits. */
const rsaBits = 4096;

/**
 * How long a generated certificate is valid, in hours: a hundred years, leap days included. kubeseal refuses to seal with
 * an expired certificate, and the tls plugin wants to replace one, which its protection refuses; unsealing needs only the
 * private key and never ends.
 */
export const validityHours = 100 * 366 * 24;

/** Subject of a generated certificate. Those of earlier releases are valid for ten years. */
export const generatedSubject = (key: string): string => `sealed-secrets ${key}`;

/** Label by which the controller finds its key pairs; any other value than `active` retires one. */
export const sealingKeyLabel = "sealedsecrets.bitnami.com/sealed-secrets-key";

/** Secret of a key pair. Never the name of one the controller made: those go on without the second hyphen. */
export function sealingKeySecret(key: string): string {
  return `sealed-secrets-key-${key}`;
}

export interface SealingKey {
  /** Name of the key pair. It is part of the Secret's name and never changes. */
  name: string;
  /** Its certificate in PEM form, given together with privateKey. Default: generated. */
  certificate?: string;
  /** Its RSA private key in PEM form, given together with certificate. Default: generated. */
  privateKey?: pulumi.Input<string>;
}

export interface SealingKeysArgs {
  /** Namespace of the controller, the only one it reads keys from. */
  namespace: pulumi.Input<string>;
  /** Key pairs, oldest first: the last one seals, every one unseals. */
  keys: SealingKey[];
}

interface Pair {
  certificate: pulumi.Output<string>;
  privateKey: pulumi.Output<string>;
}

/**
 * The key pairs of Sealed Secrets. They outlive the cluster: a new one that is given the same pairs unseals everything
 * that is in Git. So they are protected, and a pair is never changed, only joined by a newer one.
 *
 * The controller seals with the pair whose certificate starts latest (`notBefore`), whatever its Secret's name or age
 * (https://github.com/bitnami/sealed-secrets/blob/v0.38.4/pkg/controller/main.go, getKeyOrderPriority). Given
 * certificates in another order are refused. A generated certificate starts when it is made, one after the other; should
 * two be made within one second, the controller may hand out either, and both unseal.
 *
 * Pairs that a controller made for itself before stay in use while that cluster lives, and seal if they are younger: give
 * all of them, or what they sealed is lost with it.
 */
export class SealingKeys extends pulumi.ComponentResource {
  /** Certificate of the last key pair in PEM form, for `kubeseal --cert`. Not secret: it can only seal. */
  readonly certificate: pulumi.Output<string>;
  /** Certificates of all key pairs in PEM form, oldest first: whatever else unseals in the cluster is not ours. */
  readonly certificates: pulumi.Output<string[]>;

  constructor(name: string, args: SealingKeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:secrets:SealingKeys", name, {}, opts);
    const protectedChild = { parent: this, protect: true };
    refuse(listProblem(args.keys), this);

    let previous: SelfSignedCert | undefined;
    const pairs = args.keys.map((key): Pair => {
      const { certificate, privateKey } = key;
      if (certificate !== undefined && privateKey !== undefined) {
        return {
          certificate: pulumi.output(certificate),
          privateKey: fittingPrivateKey(key.name, certificate, privateKey, this),
        };
      }
      const generatedKey = new PrivateKey(
        `${name}-${key.name}-private-key`,
        { algorithm: "RSA", rsaBits },
        // Made after the pair before it, so that its certificate starts later.
        { ...protectedChild, dependsOn: previous },
      );
      const generatedCertificate = new SelfSignedCert(
        `${name}-${key.name}-certificate`,
        {
          privateKeyPem: generatedKey.privateKeyPem,
          validityPeriodHours: validityHours,
          // The one use the controller gives its own certificates. It leaves their subject empty and reads none; here
          // the subject says which key a certificate file holds.
          allowedUses: ["encipher_only"],
          subject: { commonName: generatedSubject(key.name) },
        },
        // One that is there keeps the validity that it was made with: another one would replace it.
        { ...protectedChild, ignoreChanges: ["validityPeriodHours"] },
      );
      previous = generatedCertificate;
      return {
        certificate: pulumi.unsecret(generatedCertificate.certPem),
        privateKey: pulumi.secret(generatedKey.privateKeyPem),
      };
    });

    const names = args.keys.map((key) => key.name);
    this.certificate = lastCertificate(
      names,
      pairs.map((pair) => pair.certificate),
      this,
    );

    pairs.forEach((pair, index) => {
      const isLast = index === pairs.length - 1;
      stateSecret(
        `${name}-${names[index]}`,
        {
          metadata: {
            name: sealingKeySecret(names[index]!),
            namespace: args.namespace,
            labels: { "app.kubernetes.io/managed-by": "pulumi", [sealingKeyLabel]: "active" },
          },
          type: "kubernetes.io/tls",
          // A pair that was overwritten could not unseal any more; a wrong `kubectl apply` must not do that either.
          immutable: true,
          stringData: {
            // The last one's is known only once the order is.
            "tls.crt": isLast ? this.certificate : pair.certificate,
            "tls.key": pair.privateKey,
          },
        },
        protectedChild,
      );
    });
    this.certificates = pulumi.all(pairs.map((pair) => pair.certificate));
    this.registerOutputs({ certificate: this.certificate, certificates: this.certificates });
  }
}

/** Throws a problem as an error of the component, without a stack trace. */
function refuse(problem: string | undefined, component: pulumi.Resource): void {
  if (problem !== undefined) throw new pulumi.ResourceError(problem, component, true);
}

/**
 * Returns a given private key as a secret, once it is known to fit its certificate. Its text is kept byte for byte: the
 * Secret of a key is immutable, so another line feed at its end would be another Secret.
 */
export function fittingPrivateKey(
  name: string,
  certificate: string,
  privateKey: pulumi.Input<string>,
  component: pulumi.Resource,
): pulumi.Output<string> {
  return pulumi.secret(privateKey).apply((text) => {
    refuse(pairProblem(name, certificate, text), component);
    return text;
  });
}

/** The last of these certificates, once it is known that the controller will seal with it. */
export function lastCertificate(
  names: string[],
  certificates: pulumi.Input<string>[],
  component: pulumi.Resource,
): pulumi.Output<string> {
  return pulumi.all(certificates).apply((known) => {
    refuse(orderProblem(names, known), component);
    return known.at(-1)!;
  });
}
