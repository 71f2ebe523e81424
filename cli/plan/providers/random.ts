import { randomBytes, randomInt } from "node:crypto";
import bcrypt from "bcryptjs";
import { standIn, type ResourceKind, type Values } from "./standIn.js";

const specialCharacters = "!@#$%&*()-_=+[]{}<>:?";
/** The least there is; the real provider takes 10, a tenth of a second for each password, but these guard nothing. */
const bcryptCost = 4;

// Everything the random provider takes decides about the value: any change draws a new one.
const generator = { generates: true, replaces: () => true } satisfies Partial<ResourceKind>;

/** Draws real values, with the outputs of the random provider (https://www.pulumi.com/registry/packages/random/). */
export const random = standIn("random", {
  "random:index/randomPassword:RandomPassword": {
    ...generator,
    check: (inputs) => ({ failures: characterProblems(inputs) }),
    compared: characterDefaults,
    secretOutputs: ["result", "bcryptHash"],
    async create(inputs) {
      const result = characters(inputs);
      const bcryptHash = await bcrypt.hash(result, bcryptCost);
      // Nothing of the value (https://github.com/hashicorp/terraform-provider-random, resource_password.go, Create).
      return { id: "none", outputs: { ...characterDefaults(inputs), result, bcryptHash } };
    },
  },
  "random:index/randomBytes:RandomBytes": {
    ...generator,
    secretOutputs: ["base64", "hex"],
    create({ length }) {
      const bytes = randomBytes(length as number);
      const base64 = bytes.toString("base64");
      // The id is the value, in plain, as in the official provider
      // (https://github.com/pulumi/pulumi-random/blob/v4.21.2/provider/resources.go, computeRandomBytesID).
      return { id: base64, outputs: { base64, hex: bytes.toString("hex") } };
    },
  },
});

function characterDefaults(inputs: Values): Values {
  const numeric = (inputs["numeric"] ?? inputs["number"] ?? true) as boolean;
  return {
    lower: true,
    upper: true,
    special: true,
    minLower: 0,
    minUpper: 0,
    minNumeric: 0,
    minSpecial: 0,
    ...inputs,
    numeric,
    number: numeric,
  };
}

function characterProblems(inputs: Values) {
  const { minLower, minUpper, minNumeric, minSpecial } = characterDefaults(inputs);
  const sum = [minLower, minUpper, minNumeric, minSpecial].reduce((left: number, n: number) => left + n, 0);
  const least = Math.max(1, sum);
  return typeof inputs["length"] === "number" && inputs["length"] < least
    ? [{ property: "length", reason: `must be at least ${least}, the sum of the minima` }]
    : [];
}

/** A text of the wanted length with at least the wanted number of each sort, in random order. */
function characters(inputs: Values): string {
  const wanted = characterDefaults(inputs);
  const sorts = [
    { use: wanted["lower"], least: wanted["minLower"], of: "abcdefghijklmnopqrstuvwxyz" },
    { use: wanted["upper"], least: wanted["minUpper"], of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ" },
    { use: wanted["numeric"], least: wanted["minNumeric"], of: "0123456789" },
    {
      use: wanted["special"],
      least: wanted["minSpecial"],
      of: wanted["overrideSpecial"] ?? specialCharacters,
    },
  ];
  const all = sorts.flatMap(({ use, of }) => (use ? [of] : [])).join("");
  const drawn = sorts.flatMap(({ least, of }) => Array.from({ length: least }, () => pick(of)));
  while (drawn.length < wanted["length"]) drawn.push(pick(all));
  for (let last = drawn.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [drawn[last], drawn[other]] = [drawn[other]!, drawn[last]!];
  }
  return drawn.join("");
}

function pick(text: string): string {
  return text[randomInt(text.length)]!;
}
