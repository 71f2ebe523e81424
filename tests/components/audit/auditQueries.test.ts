import assert from "node:assert/strict";
import { parser } from "@grafana/lezer-logql";
import { auditDashboard } from "../../../components/audit/auditDashboard.js";
import { auditPipeline } from "../../../components/audit/auditPipeline.js";
import { auditEvents, auditJob, auditQueries, filledIn } from "../../../components/audit/auditQueries.js";

/** What Grafana's parser of LogQL cannot make sense of. */
function mistakesIn(query: string): string[] {
  const found: string[] = [];
  parser.parse(query).iterate({
    enter: ({ type, from }) => {
      if (type.isError) found.push(`${from}: ${query.slice(from)}`);
    },
  });
  return found;
}

describe("the audit log's queries", () => {
  const expressions = [auditEvents, ...Object.values(auditQueries).map(({ expression }) => expression)];
  const filter = { user: '"\\w+`|', namespace: "{}", resource: "pods/(exec|attach)" };
  for (const expression of expressions) {
    it(`are LogQL: ${expression.slice(0, 60)}…`, () => {
      for (const query of [expression, filledIn(expression), filledIn(expression, filter)]) {
        assert.deepEqual(mistakesIn(query), []);
      }
    });

    it(`would not be LogQL with one character less: ${expression.slice(0, 60)}…`, () => {
      assert.notDeepEqual(mistakesIn(expression.slice(0, -1)), []);
      assert.notDeepEqual(mistakesIn(expression.slice(1)), []);
    });
  }

  it("are what the dashboard shows, one panel each", () => {
    const { panels = [] } = auditDashboard();
    assert.deepEqual(
      panels.map((panel: any) => [panel.title, panel.targets[0].expr]),
      Object.values(auditQueries).map(({ question, expression }) => [question, expression]),
    );
  });

  it("use no variable that the dashboard does not have", () => {
    const variables = auditDashboard().templating.list!.map(({ name }) => name);
    for (const { expression } of Object.values(auditQueries)) {
      const used = [...expression.matchAll(/\$(\w+)/g)].map(([, name]) => name!);
      assert.deepEqual(
        used.filter((name) => !variables.includes(name)),
        [],
      );
    }
  });

  it("are filled in with everything, or with what is asked for", () => {
    assert.equal(filledIn('user=~"$user" | namespace=~"$namespace"'), 'user=~".*" | namespace=~".*"');
    assert.equal(
      filledIn('resource=~"$resource"', { resource: String.raw`apps/\w+"` }),
      String.raw`resource=~"apps/\\w+\""`,
    );
  });

  it("ask for the job that the pipeline sets", () => {
    const pipeline = auditPipeline({ auditLogPath: "/a.log", lokiUrl: "http://loki:3100" });
    assert.ok(pipeline.includes(`job = "${auditJob}"`));
    for (const { expression } of Object.values(auditQueries)) {
      assert.ok(expression.startsWith(`{job="${auditJob}"`), expression);
    }
  });
});

describe("the audit log's pipeline", () => {
  const args = { auditLogPath: "/var/log/audit.log", lokiUrl: "http://loki:3100" };

  it("goes from the log to Loki", () => {
    const text = auditPipeline({ ...args, tenant: 'a"b' });
    assert.ok(text.includes('path_targets = [{ __path__ = "/var/log/audit.log" }]'));
    assert.ok(text.includes('url = "http://loki:3100/loki/api/v1/push"'));
    assert.ok(text.includes(String.raw`tenant_id = "a\"b"`));
  });

  it("names no tenant by itself, and is the same text every time", () => {
    assert.doesNotMatch(auditPipeline(args), /tenant/);
    assert.equal(auditPipeline(args), auditPipeline({ ...args }));
  });
});
