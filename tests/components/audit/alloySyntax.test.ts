import assert from "node:assert/strict";
import { auditPipeline } from "../../../components/audit/auditPipeline.js";
import { AuditShipping, type AuditShippingArgs } from "../../../components/audit/auditShipping.js";
import { capture } from "../../kit/capture.js";
import { AlloySyntax } from "./alloy.js";

const args = { auditLogPath: "/var/log/audit.log", lokiUrl: "http://loki:3100" };

describe("Alloy's parser", () => {
  let alloy: AlloySyntax;
  before(async function () {
    alloy = await AlloySyntax.of(this);
  });

  const modes: [AuditShippingArgs["mode"], files: string[]][] = [
    ["release", ["audit-logs.alloy"]],
    ["snippet", ["audit-logs.alloy", "import.alloy"]],
  ];
  for (const [mode, files] of modes) {
    it(`takes what the mode ${mode} writes`, async () => {
      const { lokiUrl } = args;
      const found = await capture(() => new AuditShipping("audit", { namespace: "logs", lokiUrl, mode }));
      const { data } = found.one("kubernetes:core/v1:ConfigMap").inputs;
      assert.deepEqual(Object.keys(data), files);
      for (const file of files) assert.equal(alloy.diagnostics(data[file]), "", file);
    });
  }

  it("takes a tenant and a path of any characters", () => {
    const odd = { ...args, auditLogPath: '/a "b"/\u00fc.log', tenant: 'a"b\\c' };
    assert.equal(alloy.diagnostics(auditPipeline(odd)), "");
  });

  it("refuses a configuration with a mistake, and says where", () => {
    const text = auditPipeline(args);
    assert.match(alloy.diagnostics(text.replace("stage.output {", "stage.output ")), /configuration:\d+:\d+/);
    assert.match(alloy.diagnostics(text.replace(/\}\n$/, "")), /expected \}/);
  });

  it("finds the stages in their order", () => {
    assert.deepEqual(
      alloy.stages(auditPipeline(args)).map(({ stage }) => stage),
      [
        "json",
        "template",
        "template",
        "drop",
        "output",
        "drop",
        "timestamp",
        "static_labels",
        "labels",
        "structured_metadata",
        "label_drop",
      ],
    );
  });
});
