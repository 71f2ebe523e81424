"use strict";
const { appendFileSync } = require("node:fs");
const Mocha = require("mocha");

/**
 * Mocha's spec report. What `npm test` sums up at its end goes to the file that TEST_RESULTS names, a line of JSON for
 * each suite: its counts, and the title and the message of each failure.
 */
module.exports = class SummingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on("fail", (test, { message = "", code }) =>
      failed.push({ title: test.titlePath().join(" › "), message: message || String(code ?? "no message") }),
    );
    runner.once("end", () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      if (process.env.TEST_RESULTS)
        appendFileSync(
          process.env.TEST_RESULTS,
          `${JSON.stringify({ passed: passes, failures, skipped: pending, failed })}\n`,
        );
    });
  }
};
