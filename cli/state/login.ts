/**
 * What the Pulumi CLI has said, with what to do in place of what it says where nobody has logged in: it asks for a token of
 * Pulumi Cloud, whichever backend is used (https://www.pulumi.com/docs/iac/cli/commands/pulumi_login/).
 */
export function withLogin(said: string): string {
  return said.replace(
    /PULUMI_ACCESS_TOKEN must be set for login[^\n]*/g,
    "Pulumi is not logged in to the backend that holds the state. Log in first: pulumi login, " +
      "or for a backend of your own pulumi login <address>, such as file:///home/me/state",
  );
}
