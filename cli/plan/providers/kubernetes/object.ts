import { createHash } from "node:crypto";
import type { CheckContext, Failure, ResourceKind, Values } from "../standIn.js";
import type { DefinitionSchemas } from "./definitions.js";
import { metadataFailures } from "./metadata.js";
import { modelFailures } from "./models.js";
import { ownFailures } from "./own/index.js";
import { kept, normalized, pruned } from "./normalize.js";
import { collides, replaces, type Mutability } from "./replace.js";

const autonamed = "pulumi.com/autonamed";

/** Any Kubernetes object or custom resource: checked against the schema of its kind, then recorded. */
export function kubernetesObject(definitions: DefinitionSchemas, mutability: Mutability): ResourceKind {
  return {
    check(object, context) {
      const nameless =
        object["metadata"]?.name === undefined && object["metadata"]?.generateName === undefined;
      const failures = objectFailures(object, definitions);
      return {
        // What a patch leaves out, the object that it adds to has already.
        failures: isPatch(context) ? failures.filter(({ reason }) => reason !== "is required") : failures,
        defaults: nameless
          ? { metadata: { name: generatedName(context), annotations: { [autonamed]: "true" } } }
          : undefined,
      };
    },
    normalize: normalized,
    existing: ({ inputs, outputs }) => pruned(kept(outputs), inputs) as Values,
    replaces: (change, object) => replaces(change, object, mutability),
    deleteBeforeReplace: (olds, news) =>
      collides(olds, news) && news["metadata"]?.annotations?.[autonamed] === undefined,
    create: (object, context) => ({ id: idOf(object, context) }),
  };
}

/** What the API server would refuse: by the definition at hand, else by the model of the kind, else by ours. */
function objectFailures(object: Values, definitions: DefinitionSchemas): Failure[] {
  const failures = definitions.failures(object) ?? modelFailures(object) ?? ownFailures(object);
  if (failures) return [...failures, ...metadataFailures(object)];
  return [
    {
      property: "kind",
      reason:
        `no schema is known for ${object["apiVersion"]} ${object["kind"]}; ` +
        "pass a folder with its CustomResourceDefinition (--crds), or add a schema in cli/plan/providers/kubernetes/own/",
    },
  ];
}

/** True for types such as core/v1:NamespacePatch, which change an object that belongs to somebody else. */
export function isPatch({ type }: Pick<CheckContext, "type">): boolean {
  return type.endsWith("Patch");
}

/** A name for an object that the program gives none, the same in every plan. */
export function generatedName({ urn, name }: CheckContext): string {
  return `${name}-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
}

function idOf({ metadata }: Values, context: CheckContext): string {
  // The API server completes a generateName with something of its own.
  const { name = generatedName(context), namespace } = metadata as { name?: string; namespace?: string };
  return namespace === undefined ? name : `${namespace}/${name}`;
}
