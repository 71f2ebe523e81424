import { SealingKeys } from "../../../../components/secrets/sealingKeys.js";
import { tls } from "../../../../cli/plan/providers/tls.js";
import type { Created } from "../../../../cli/plan/providers/standIn.js";
import { capture } from "../../../kit/capture.js";

const privateKeyType = "tls:index/privateKey:PrivateKey";
const certificateType = "tls:index/selfSignedCert:SelfSignedCert";
const component = "sealing-keys";

/** The sealing keys of a Pulumi state: what was generated once stays, whatever becomes of the cluster. */
export class SealingState {
  private readonly outputs = new Map<string, Record<string, any>>();

  /** What the program makes of these key pairs: the Secrets for the cluster, and the certificates, newest last. */
  async up(keys: string[]): Promise<{ secrets: Record<string, any>[]; certificates: string[] }> {
    for (const key of keys) {
      const name = `${component}-${key}-private-key`;
      if (!this.outputs.has(name)) {
        const inputs = { algorithm: "RSA", rsaBits: 4096 };
        this.outputs.set(name, (await made(privateKeyType, name, inputs)).outputs!);
      }
    }
    const captured = await capture(
      () =>
        new SealingKeys(component, {
          namespace: "kube-system",
          keys: keys.map((name) => ({ name })),
        }),
      {
        outputs: async (type, name, inputs) => {
          if (type === certificateType && !this.outputs.has(name)) {
            this.outputs.set(name, (await made(type, name, inputs)).outputs!);
          }
          return this.outputs.get(name) ?? {};
        },
      },
    );
    return {
      secrets: captured.ofType("kubernetes:core/v1:Secret").map(({ inputs }) => inputs),
      certificates: keys.map(
        (key) => this.outputs.get(`${component}-${key}-certificate`)!["certPem"] as string,
      ),
    };
  }
}

/** A resource as the lab's tls provider makes it. */
async function made(type: string, name: string, inputs: Record<string, any>): Promise<Created> {
  return tls.kind(type)!.create(inputs, { urn: "", type, name });
}
