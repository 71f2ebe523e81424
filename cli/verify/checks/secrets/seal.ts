import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
    return await piped(kubeseal, ["--cert", file, "--format", "yaml"], JSON.stringify(plain), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs kubeseal on an input and answers with its output. */
function piped(kubeseal: string, args: string[], input: string, home: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a HOME without kubeconfig: sealing needs none.
    const child = spawn(kubeseal, args, { env: { PATH: process.env["PATH"] ?? "", HOME: home } });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new NoKubeseal(`${kubeseal} was not found`) : error),
    );
    child.on("close", (status) =>
      status === 0 ? resolve(output) : reject(new Error(`kubeseal failed: ${errors.trim()}`)),
    );
    // It may end before it has read everything; its status says why.
    child.stdin.on("error", () => undefined).end(input);
  });
}
