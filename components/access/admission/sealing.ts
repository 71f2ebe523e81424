import { systemNamespace } from "../../common/addOnNamespaces.js";
import { controllerName } from "../../secrets/sealedSecrets.js";
import { identity, type Subject } from "../clusterAdmins.js";
import { celList, requesters, celText } from "./cel.js";
import { type AdmissionPolicy, written } from "./policy.js";

const clusterWide = "sealedsecrets.bitnami.com/cluster-wide";
const keyLabel = "sealedsecrets.bitnami.com/sealed-secrets-key";

/**
 * A SealedSecret that opens in every namespace can be copied into one whose Secrets its reader has; and who adds a sealing key
 * reads what is sealed with it from then on.
 *
 * @param administrators Who may write sealing keys besides the controller.
 */
export function sealingPolicy(administrators: readonly Subject[]): AdmissionPolicy {
  const controller = { kind: "ServiceAccount", namespace: systemNamespace, name: controllerName };
  const has = (object: string) =>
    `${object}.metadata.?annotations.orValue({})[?${celText(clusterWide)}].orValue("") == "true"`;
  const isKey = (object: string) => `${celText(keyLabel)} in ${object}.?metadata.?labels.orValue({})`;
  const inSystem = `request.namespace == ${celText(systemNamespace)}`;
  return {
    name: "cluster-security-sealing",
    rules: [written("bitnami.com/v1alpha1", "sealedsecrets"), written("v1", "secrets")],
    matchConditions: [
      {
        name: "sealing",
        expression: `object.kind == "SealedSecret" || (${inSystem} && ${isKey("dyn(object)")})`,
      },
    ],
    variables: [
      {
        name: "widened",
        expression: `object.kind == "SealedSecret" && ${has("dyn(object)")} && !(request.operation == "UPDATE" && ${has("dyn(oldObject)")})`,
      },
      {
        name: "keyed",
        expression:
          `(object.kind == "Secret" ? !(request.operation == "UPDATE" && ${isKey("dyn(oldObject)")} && ` +
          `dyn(oldObject).?data == dyn(object).?data) : ${inSystem} && ${isKey("dyn(object).spec.?template")}) && ` +
          `!${requesters}.exists(who, who in ${celList([...administrators, controller].map(identity))})`,
      },
    ],
    validations: [
      {
        expression: `${inSystem} || !variables.widened`,
        messageExpression:
          '"opens in every namespace: seal it for " + request.namespace + " (kubeseal without --scope cluster-wide)"',
      },
      {
        expression: "!variables.keyed",
        messageExpression:
          'request.userInfo.username + " may not add or change a sealing key; keys are in the settings (secrets.sealingKeys)"',
      },
    ],
    also: [systemNamespace],
  };
}
