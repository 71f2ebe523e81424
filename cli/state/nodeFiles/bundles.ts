import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { nodeFilesOf } from "../../../stacks/sections/controlPlane.js";
import { giveCommand } from "../../../stacks/settings/index.js";
import type { StackState } from "../stackState.js";
import { readSettings } from "../../kit/settings.js";
import { UserError } from "../../kit/userError.js";

/** What the nodes of a stack are given, and where it comes from. */
export interface NodeBundles {
  /** By node, in base64. */
  bundles: Record<string, string>;
  from: "state" | "settings";
}

/**
 * The bundles in the state. Before the first `pulumi up` there are none, and no cluster that it could talk to either: then
 * they are rendered from the settings, whose keys have to be given.
 *
 * @throws UserError with the line to run where a key is neither in the state nor in the settings.
 */
export async function nodeBundlesOf(stack: string, state: StackState): Promise<NodeBundles> {
  const stored = await state.output("nodeBundles");
  if (stored !== undefined) return { bundles: stored as Record<string, string>, from: "state" };
  const config = await state.config();
  const { settings, missing } = await readSettings(stack, { config, secrets: "decrypted" });
  const { keys } = settings.controlPlane.encryption;
  const lacking = keys.flatMap((key, index) =>
    key.secret || key.retired
      ? []
      : [
          "  head -c 32 /dev/urandom | base64 |\n" +
            `    ${giveCommand(`controlPlane.encryption.keys[${index}].secret`, stack)}`,
        ],
  );
  if (lacking.length > 0) {
    throw new UserError(
      `the state of ${stack} holds no node files yet, and an encryption key is not given. Make it once, as a setting:\n` +
        lacking.join("\n"),
    );
  }
  const needed = missing.filter((line) => line.startsWith("controlPlane."));
  if (needed.length > 0) {
    throw new UserError(
      `Values that guard existing data are not given:\n${needed.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  return { bundles: await rendered(() => nodeFilesOf(settings).bundles), from: "settings" };
}

/**
 * What a program puts out with no engine behind it: nothing is made, and nothing it puts out may depend on what is.
 *
 * @throws UserError where the program cannot say it.
 */
export async function rendered<T>(program: () => pulumi.Output<T>): Promise<T> {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({
      id: name,
      // Random, so that nothing which came of it by mistake could be a key that others know.
      state: { ...(inputs as object), result: randomBytes(32).toString("hex"), stdout: "" },
    }),
    call: ({ inputs }) => inputs as Record<string, unknown>,
  });
  // After a failure every resource that would have told an engine repeats it.
  const heard = () => {};
  try {
    // `apply` has no way to tell of a failure.
    return await (program() as unknown as { promise(): Promise<T> }).promise();
  } catch (error) {
    process.on("unhandledRejection", heard);
    throw new UserError(`The node files cannot be rendered from the settings: ${(error as Error).message}`);
  } finally {
    // Resources are registered that the output does not wait for: the next program would get them as well.
    await pulumi.runtime.disconnect();
    // Node tells of a rejection once everything else is done.
    await setImmediate();
    process.off("unhandledRejection", heard);
  }
}
