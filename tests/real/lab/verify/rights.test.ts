import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { answerOf } from "../../../../cli/kit/until.js";
import { startNode } from "../../../../cli/lab/cluster/node.js";
import type { Api } from "../../../../stacks/kubernetes/api.js";
import type { Concern, Finding, Status } from "../../../../cli/verify/claim.js";
import { dataLoss } from "../../../../cli/verify/claims/dataLoss.js";
import { expiredCertificates } from "../../../../cli/verify/claims/expiredCertificates.js";
import { secretsInGit } from "../../../../cli/verify/claims/secretsInGit.js";
import { unauthorizedAccess } from "../../../../cli/verify/claims/unauthorizedAccess.js";
import { unscannedImages } from "../../../../cli/verify/claims/unscannedImages.js";
import { create, remove } from "../../../../cli/verify/cluster/objects.js";
import { chartFolder, installCharts } from "./charts.js";
import { whileBound } from "./bound.js";
import { binaries, Lab, nodeFilesOf, settingsWith } from "./lab.js";

const settings = settingsWith();
const rbac = "/apis/rbac.authorization.k8s.io/v1";

const administrators = "Nobody holds cluster-admin but those on the list";
const sealedSecrets =
  "The Sealed Secrets controller's ServiceAccount is scoped to reading and writing Secrets";
const certManager = "cert-manager's RBAC is scoped to its own kinds and the Secrets of certificates";
const velero = "Velero runs with cluster-admin, and nothing else in its namespace does";
const argoCd = "ArgoCD's application controller has cluster-admin rights, its other parts do not";
const applications = "An application's pods have no right to Secrets or to anything else";

describe("rights", function () {
  let lab: Lab;
  let api: Api;
  before(async () => {
    lab = await Lab.of("rights");
    await lab.apply(await nodeFilesOf(settings));
    ({ api } = await lab.target(settings));
  });
  after(() => lab.stop());

  /**
   * What is found once it has that status and that evidence: the API server sees a change of rights a moment after it was
   * made, which may be in the middle of a check.
   */
  async function until(status: Status, claim: string, evidence = /(?:)/): Promise<Finding> {
    let finding!: Finding;
    await answerOf(async () => {
      finding = (await found(unauthorizedAccess))[claim]!;
      return finding.status === status && evidence.test(finding.evidence);
    });
    assert.equal(finding.status, status, `${claim}: ${finding.evidence}`);
    assert.match(finding.evidence, evidence);
    return finding;
  }

  const found = (concern: Concern): Promise<Record<string, Finding>> => lab.findings(concern, settings);
  const statuses = (findings: Record<string, Finding>, ...claims: string[]): string[] =>
    claims.map((claim) => findings[claim]!.status);

  describe("where no chart is installed", () => {
    it("fail for what this program installs, and are unchecked for what the lab could only record", async () => {
      assert.deepEqual(
        statuses(await found(unauthorizedAccess), sealedSecrets, certManager, velero, argoCd),
        ["failed", "failed", "failed", "unchecked"],
      );
      const recorded = await lab.findings(unauthorizedAccess, settings, {
        recorded: ["sealed-secrets", "cert-manager", "velero"],
      });
      assert.deepEqual(
        statuses(recorded, sealedSecrets, certManager, velero, argoCd),
        Array(4).fill("unchecked"),
      );
      assert.equal(
        recorded[velero]!.evidence,
        "the release of velero is recorded, not installed: its chart, or an image of its pods, could not be had",
      );
    });

    it("of an application are none, until somebody gives it some", async () => {
      await until("proved", applications);
      await whileBound(api, "edit", "default", "default", async () => {
        await until(
          "failed",
          applications,
          /^ServiceAccount default\/default may create pods; .*default may get secrets in kube-system/,
        );
      });
    });

    it("of an administrator are those of the list's alone", async () => {
      assert.deepEqual((await found(unauthorizedAccess))[administrators], {
        status: "proved",
        evidence: "held by Group system:masters alone, all of them on the list",
      });
      await whileBound(api, "cluster-admin", "default", "default", async () => {
        assert.deepEqual((await found(unauthorizedAccess))[administrators], {
          status: "failed",
          evidence:
            "ServiceAccount default/default holds ClusterRole cluster-admin by too-much and is not on the list",
        });
      });
    });

    it("of an administrator are seen under another name, and in one namespace", async () => {
      const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
      await create(api, `${rbac}/clusterroles`, { metadata: { name: "helper" }, rules });
      await create(api, `${rbac}/namespaces/kube-public/roles`, { metadata: { name: "helper" }, rules });
      await create(api, `${rbac}/namespaces/kube-public/rolebindings`, {
        metadata: { name: "helper" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "helper" },
        subjects: [{ kind: "User", name: "mallory", apiGroup: "rbac.authorization.k8s.io" }],
      });
      await whileBound(api, "helper", "default", "default", async () => {
        assert.equal(
          (await found(unauthorizedAccess))[administrators]!.evidence,
          "ServiceAccount default/default holds ClusterRole helper by too-much and is not on the list; " +
            "User mallory holds Role kube-public/helper by kube-public/helper and is not on the list",
        );
      });
      await remove(api, `${rbac}/namespaces/kube-public/rolebindings/helper`);
    });
  });

  describe("with ArgoCD's published roles", () => {
    before(async () => {
      const fixture = fileURLToPath(new URL("../../../fixtures/argocd/rbac.yaml", import.meta.url));
      await lab.kubectl(["apply", "-f", fixture]);
    });

    it("are the application controller's to the full, and no other part's", async () => {
      await until("proved", argoCd);
      const { evidence } = await until("proved", administrators);
      assert.match(evidence, /ServiceAccount argocd\/argocd-application-controller/);
    });

    it("fail when the part that runs what is in Git gets any", async () => {
      await whileBound(api, "view", "argocd", "argocd-repo-server", async () => {
        await until("failed", argoCd, /^ServiceAccount argocd\/argocd-repo-server may list pods$/);
      });
    });

    it("fail when the application controller lacks some", async () => {
      await remove(api, `${rbac}/clusterrolebindings/argocd-application-controller`);
      await until(
        "failed",
        argoCd,
        /^ServiceAccount argocd\/argocd-application-controller may not \* \*\.\*$/,
      );
    });
  });

  describe("with the roles of the real charts", function () {
    this.timeout(300_000);
    before(async function () {
      const folder = chartFolder(this);
      await startNode(lab.plane, binaries, settings.cluster.nodes[0]!.name);
      await installCharts(lab, folder);
    });

    it("are what each ServiceAccount needs, and no more", async () => {
      for (const claim of [sealedSecrets, certManager, velero, applications]) await until("proved", claim);
      const findings = await found(unauthorizedAccess);
      assert.match(findings[administrators]!.evidence, /ServiceAccount velero\/velero-server/);
      assert.match(findings[sealedSecrets]!.evidence, /may list sealedsecrets, .*; refused: create pods, /);
    });

    it("fail when cert-manager gets more", async () => {
      await whileBound(api, "cluster-admin", "cert-manager", "cert-manager", async () => {
        await until("failed", certManager, /cert-manager may create pods\/exec; /);
      });
    });

    it("fail when Velero's neighbour gets what Velero has", async () => {
      await whileBound(api, "cluster-admin", "velero", "default", async () => {
        await until("failed", velero);
        await until("failed", administrators);
      });
    });

    it("fail when the controller of Sealed Secrets may be asked by everybody, as its chart has it", async () => {
      const path = `${rbac}/namespaces/kube-system/rolebindings`;
      await create(api, path, {
        metadata: { name: "everybody" },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "Role",
          name: "sealed-secrets-controller-service-proxier",
        },
        subjects: [{ kind: "Group", name: "system:authenticated", apiGroup: "rbac.authorization.k8s.io" }],
      });
      await until(
        "failed",
        applications,
        /^ServiceAccount default\/default may create services\/proxy in kube-system named http:sealed-secrets-controller:http$/,
      );
      await remove(api, `${path}/everybody`);
    });

    it("come with workloads whose names and settings are those that are looked for", async () => {
      const expected: [concern: Concern, claim: string][] = [
        [secretsInGit, "The sealed-secrets-controller runs in kube-system"],
        [unscannedImages, "Harbor runs in the harbor namespace with its eight pods"],
        [unscannedImages, "Trivy checks OS packages, application dependencies and configuration"],
        [expiredCertificates, "cert-manager runs, with its webhook and CA injector"],
        [dataLoss, "Velero runs, with its node agent"],
        [dataLoss, "Velero has volumes copied by Kopia unless told otherwise"],
      ];
      for (const [concern, claim] of expected) {
        const finding = (await found(concern))[claim]!;
        assert.equal(finding.status, "proved", `${claim}: ${finding.evidence}`);
      }
    });

    it("come with a backup location that only a real Velero could call available", async () => {
      const finding = (await found(dataLoss))["Backups go to OCI Object Storage"]!;
      assert.equal(finding.status, "unchecked");
      assert.match(
        finding.evidence,
        /^homelab-backups\/velero at https:\/\/tenancy\.compat\.objectstorage\.sa-saopaulo-1\.oraclecloud\.com, but /,
      );
    });
  });
});
