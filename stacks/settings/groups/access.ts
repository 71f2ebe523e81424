import { z } from "zod";
import { dnsLabel, text } from "../fields.js";

const repository = text("Git repository of an application.", (value) =>
  /^https:\/\/[^\s*]+\.git$/.test(value)
    ? undefined
    : `"${value}" is not a repository address such as https://github.com/owner/name.git`,
);

const argocd = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("Manage a project and applications of an ArgoCD that runs already."),
    namespace: dnsLabel("ArgoCD's namespace.").default("argocd"),
    project: dnsLabel(
      "AppProject; the only repositories and destinations are those of the applications.",
    ).default("default"),
    applications: z
      .array(
        z.strictObject({
          name: dnsLabel("Name of the Application."),
          repository,
          revision: z.string().min(1).default("main").describe("Branch, tag or commit."),
          path: z.string().min(1).describe("Folder in the repository."),
          namespace: dnsLabel("Namespace it is deployed to."),
        }),
      )
      .default([])
      .describe("Applications kept in sync."),
  })
  .prefault({})
  .describe("ArgoCD.");

export const access = z.strictObject({ argocd }).prefault({}).describe("Who may do what.");
