import * as pulumi from "@pulumi/pulumi";
import { systemNamespace } from "../../components/common/addOnNamespaces.js";
import { sealingKeySecret } from "../../components/secrets/sealingKeys.js";
import type { Settings } from "./schema.js";

/** A given value that has to be the one which the cluster has. */
export interface GuardedValue {
  path: string;
  /** What it is, to follow "so …". */
  what: string;
  /** Where the cluster has it: the first entry that exists and is not empty. */
  living: readonly SecretEntry[];
  value: pulumi.Output<string>;
  /** Whether it is no secret, such as a certificate. Default: false. */
  plain?: true;
  /** Replaces the given text with the cluster's own. */
  take(text: string): void;
}

/** One value of a Secret in the cluster. */
export interface SecretEntry {
  namespace: string;
  secret: string;
  key: string;
}

/** Command that prints an entry of a Secret. */
export function readCommand({ namespace, secret, key }: SecretEntry): string {
  return `kubectl -n ${namespace} get secret ${secret} -o go-template='{{index .data "${key}" | base64decode}}'`;
}

/** The given certificates of sealing keys: public, and part of immutable Secrets like their private keys. */
export function sealingCertificates({ secrets }: Settings): GuardedValue[] {
  return secrets.sealingKeys.flatMap((key, index): GuardedValue[] =>
    key.certificate === undefined || key.privateKey === undefined
      ? []
      : [
          {
            path: `secrets.sealingKeys[${index}].certificate`,
            what: `the certificate of sealing key ${key.name}`,
            living: [{ namespace: systemNamespace, secret: sealingKeySecret(key.name), key: "tls.crt" }],
            value: pulumi.output(key.certificate),
            plain: true,
            take: (text) => (key.certificate = text),
          },
        ],
  );
}
