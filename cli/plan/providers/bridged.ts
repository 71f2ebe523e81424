import { inputFailures } from "./schema.js";
import type { CheckContext, Created, ResourceKind, Values } from "./standIn.js";

/** A type of resource in the terms of a Terraform provider's schema. */
export interface Shape {
  /** Schemas of the inputs that have to be given, and of those that need not. */
  required: Values;
  /** Where the program gives none, what is recorded stays (Computed). */
  optional?: Values;
  /** A change of these makes a new resource (ForceNew). */
  forceNew: string[];
  create(inputs: Values, context: CheckContext): Created;
}

/**
 * A resource as Pulumi's bridge to Terraform's older SDK has it
 * (https://github.com/pulumi/pulumi-terraform-bridge/tree/v3.135.0/pkg/tfbridge).
 */
export function bridged({ required, optional = {}, forceNew, create }: Shape): ResourceKind {
  const schema = { required: Object.keys(required), properties: { ...required, ...optional } };
  return {
    check: (inputs) => ({ failures: inputFailures(schema, inputs) }),
    computed: Object.keys(optional),
    replaces: ({ path }) => forceNew.includes(String(path[0])),
    // The name is never one that Pulumi made up: it has to be given here.
    deleteBeforeReplace: () => "name" in required,
    create,
  };
}
