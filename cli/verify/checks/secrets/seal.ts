import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailed, run } from "../../../kit/run.js";

/** A Secret that is to be sealed. */
export interface PlainSecret {
  name: string;
  namespace: string;
  values: Record<string, string>;
}

/** kubeseal is not where it was looked for. */
export class NoKubeseal extends Error {
  override readonly name: string = "NoKubeseal";
}

/**
 * Seals a Secret the way docs/guides/seal-a-secret.md does: with the certificate and no access to a cluster. The values go to
 * kubeseal through a pipe, never into its arguments, its environment or a file.
 *
 * @param kubeseal Path of the program, or its name on PATH.
 * @param certificate The stack's output sealingCertificate, in PEM form.
 * @returns The SealedSecret in YAML, fit for Git.
 * @throws NoKubeseal where there is none; Error with its own reason when it fails.
 */
export async function seal(kubeseal: string, certificate: string, secret: PlainSecret): Promise<string> {
  const { name, namespace, values } = secret;
  const folder = mkdtempSync(join(tmpdir(), "kubeseal-"));
  try {
    const file = join(folder, "sealing.pem");
    writeFileSync(file, certificate);
    const plain = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace },
      type: "Opaque",
      stringData: values,
    };
    const { stdout } = await run([kubeseal, "--cert", file, "--format", "yaml"], {
      // In a HOME without kubeconfig: sealing needs none.
      env: { PATH: process.env["PATH"] ?? "", HOME: folder },
      input: JSON.stringify(plain),
    });
    return stdout;
  } catch (error) {
    if (error instanceof CommandFailed) throw new Error(`kubeseal failed: ${error.message}`);
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw isMissing ? new NoKubeseal(`${kubeseal} was not found`) : error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
