"use strict";
const { appendFileSync } = require("node:fs");
const Mocha = require("mocha");

/**
 * Mocha's spec report, plus one line of counts in the file that TEST_COUNTS names, so that `npm test` can add up its
 * suites.
 */
module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      if (process.env.TEST_COUNTS)
        appendFileSync(process.env.TEST_COUNTS, `${passes} ${failures} ${pending}\n`);
    });
  }
};
