import { z } from "zod";
import { settingsSchema } from "./schema.js";

/** JSON Schema of a Pulumi.<stack>.yaml of this project, for completion and checks in editors. */
export function stackFileSchema(projectName: string): object {
  const { $schema, properties, required, $defs } = z.toJSONSchema(settingsSchema, {
    io: "input",
    override: ({ jsonSchema }) => {
      // In the file a secret is sealed; as text an editor marks it.
      const { anyOf = [] } = jsonSchema;
      const sealed = anyOf.filter(({ properties }) => properties && "secure" in properties);
      if (sealed.length > 0) jsonSchema.anyOf = sealed;
    },
  });
  const qualified = (key: string): string => `${projectName}:${key}`;
  return {
    $schema,
    title: `Settings of one environment of ${projectName}`,
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(properties ?? {}).map(([key, value]) => [qualified(key), value]),
        ),
        required: (required ?? []).map(qualified),
        // A provider's own configuration, such as kubernetes:context, is Pulumi's to check.
        patternProperties: { [`^(?!${projectName}:)`]: {} },
        additionalProperties: false,
      },
    },
    required: ["config"],
    ...($defs ? { $defs } : {}),
  };
}
