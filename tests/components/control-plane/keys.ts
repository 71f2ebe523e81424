import type { EncryptionProvider } from "../../../components/control-plane/encryptionAtRest.js";

export const type = "cluster-security:control-plane:EncryptionAtRest";
export const randomPassword = "random:index/randomPassword:RandomPassword";
export const secretNumber = (n: number) => Buffer.alloc(32, n).toString("base64");
export const key = (name: string, provider: EncryptionProvider, n: number) => ({
  name,
  provider,
  secret: secretNumber(n),
});

/** Providers and key names in the order the API server tries them. */
export function order(configuration: { resources: { providers: object[] }[] }): string[] {
  return configuration.resources[0]!.providers.flatMap((entry) =>
    Object.entries(entry).flatMap(([provider, { keys }]) =>
      provider === "identity"
        ? ["identity"]
        : keys.map(({ name }: { name: string }) => `${provider} ${name}`),
    ),
  );
}
