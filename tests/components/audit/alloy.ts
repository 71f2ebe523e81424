import { execFileSync, spawnSync } from "node:child_process";
import { tool } from "../../../cli/kit/toolchain/tool.js";

/** A stage block of a `loki.process` component, with its evaluated arguments. */
export interface Stage {
  stage: string;
  arguments: Record<string, any>;
}

/** Alloy's parser, and the template engine that Alloy and Loki use: tools/alloy-syntax. */
export class AlloySyntax {
  private constructor(private readonly program: string) {}

  /** Builds the tool if it is not there. */
  static async of(test: Mocha.Context): Promise<AlloySyntax> {
    test.timeout(0);
    return new AlloySyntax(await tool("alloy-syntax"));
  }

  /** What the parser says of a configuration; empty if it is well formed. */
  diagnostics(input: string): string {
    const { status, stdout, stderr } = spawnSync(this.program, { input, encoding: "utf8" });
    if (stderr || (status !== 0) !== (stdout !== "")) throw new Error(`exit status ${status}: ${stderr}`);
    return stdout;
  }

  stages(config: string): Stage[] {
    return JSON.parse(execFileSync(this.program, ["stages"], { input: config, encoding: "utf8" })) as Stage[];
  }

  /** Executes a Go template with sprig for each item. Undefined where that fails. */
  render(
    template: string,
    data: Record<string, string>[],
    missingKey: "default" | "zero",
  ): (string | undefined)[] {
    const printed = execFileSync(this.program, ["templates"], {
      input: JSON.stringify({ template, option: `missingkey=${missingKey}`, data }),
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    return (JSON.parse(printed) as { text?: string; error?: string }[]).map(({ text = "", error }) =>
      error === undefined ? text : undefined,
    );
  }
}
