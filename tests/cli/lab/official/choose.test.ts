import assert from "node:assert/strict";
import { chooseProviders, describeProviders, type Means } from "../../../../cli/lab/official/choose.js";
import { UserError } from "../../../../cli/kit/userError.js";

const enough = "; nothing is to be done, the stand-in is enough";

const packages = [
  { name: "kubernetes", version: "4.34.2" },
  { name: "random", version: "4.21.2" },
  { name: "tls", version: "5.6.1" },
];

/** A machine: what is on it, what it can reach; and what was asked of it. */
function machine(
  facts: {
    present?: string[];
    offline?: string;
    undownloadable?: Record<string, string>;
    charts?: string[];
  } = {},
) {
  const asked: string[] = [];
  const means: Means = {
    find: ({ name }) => (facts.present?.includes(name) ? `/plugins/${name}` : undefined),
    offline: ({ name }) => {
      asked.push(`probe ${name}`);
      return Promise.resolve(facts.offline);
    },
    download({ name }) {
      asked.push(`download ${name}`);
      const problem = facts.offline ?? facts.undownloadable?.[name];
      return problem === undefined ? Promise.resolve(`/new/${name}`) : Promise.reject(new Error(problem));
    },
    chartProblems() {
      asked.push("charts");
      return Promise.resolve(facts.charts ?? []);
    },
  };
  return { means, asked };
}

const all = packages.map(({ name }) => name);

describe("the choice between official plugins and stand-ins", () => {
  const cases: Record<
    string,
    {
      mode: "official" | "stand-in" | "auto";
      archives?: boolean;
      facts?: Parameters<typeof machine>[0];
      expected: string[];
      asked: string[];
    }
  > = {
    "stand-in looks for nothing": {
      mode: "stand-in",
      facts: { present: all },
      expected: [
        "Pulumi's plugin, run by the lab: kubernetes (asked for)",
        "stand-in: random, tls (asked for)",
      ],
      asked: [],
    },
    "official takes what is there, and looks for charts": {
      mode: "official",
      facts: { present: all, offline: "no network" },
      expected: ["official: kubernetes 4.34.2, random 4.21.2, tls 5.6.1"],
      asked: ["charts"],
    },
    "official downloads what is missing, without a probe": {
      mode: "official",
      facts: { present: ["random"] },
      expected: ["official: kubernetes 4.34.2, random 4.21.2, tls 5.6.1"],
      asked: ["download kubernetes", "download tls", "charts"],
    },
    "auto without a network asks once and mixes": {
      mode: "auto",
      facts: { present: ["random"], offline: "get.pulumi.com does not answer" },
      expected: [
        `Pulumi's plugin, run by the lab: kubernetes (no network for its charts: get.pulumi.com does not answer)`,
        "official: random 4.21.2",
        `stand-in: tls (not on this machine, and no network: get.pulumi.com does not answer${enough})`,
      ],
      asked: ["probe kubernetes"],
    },
    "auto leaves the kubernetes plugin alone where its charts cannot be had": {
      mode: "auto",
      facts: { present: all, charts: ["harbor 1.19.1: no such host", "velero 12.1.0: no such host"] },
      expected: [
        `Pulumi's plugin, run by the lab: kubernetes (no network for its charts: harbor 1.19.1: no such host)`,
        "official: random 4.21.2, tls 5.6.1",
      ],
      asked: ["probe kubernetes", "charts"],
    },
    "auto downloads what it can": {
      mode: "auto",
      facts: { undownloadable: { tls: "404 Not Found" } },
      expected: ["official: kubernetes 4.34.2, random 4.21.2", "stand-in: tls (404 Not Found)"],
      asked: ["probe kubernetes", "charts", "download random", "download tls", "download kubernetes"],
    },
    "auto with archives of charts needs no network for what is there": {
      mode: "auto",
      archives: true,
      facts: { present: all, offline: "no network" },
      expected: [
        "Pulumi's plugin, run by the lab: kubernetes (which takes the archives of --charts)",
        "official: random 4.21.2, tls 5.6.1",
      ],
      asked: [],
    },
  };
  for (const [title, { mode, archives = false, facts, expected, asked }] of Object.entries(cases)) {
    it(title, async () => {
      const { means, asked: really } = machine(facts);
      const providers = await chooseProviders({ mode, packages, archives, means });
      assert.deepEqual(
        providers.map(({ name }) => name),
        all,
      );
      assert.deepEqual(describeProviders(providers), expected);
      assert.deepEqual([...really].sort(), [...asked].sort());
      for (const provider of providers.filter(({ official }) => official)) {
        assert.match((provider as { plugin: string }).plugin, /^\/(plugins|new)\//);
      }
    });
  }

  for (const mode of ["official", "auto", "stand-in"] as const) {
    it(`${mode} looks for no plugin of oci, which has its stand-in in every lab`, async () => {
      const oci = { name: "oci", version: "4.20.0" };
      const { means, asked } = machine({ present: [...all, "oci"] });
      const request = { mode, archives: mode !== "official", means };
      const providers = await chooseProviders({ ...request, packages: [oci, ...packages] });
      assert.deepEqual(
        providers.map(({ name }) => name),
        ["oci", ...all],
      );
      assert.equal(
        describeProviders(providers)[0],
        "stand-in: oci (in every lab: its resources are recorded, none is made in Oracle Cloud)",
      );
      assert(!asked.some((call) => call.includes("oci")), asked.join());
    });
  }

  const refusals: Record<string, [boolean, Parameters<typeof machine>[0], string]> = {
    "what is missing and how to install it": [
      false,
      { present: ["random"], undownloadable: { kubernetes: "no such host", tls: "404 Not Found" } },
      [
        "--providers official: plugins are not on this machine and cannot be downloaded",
        "  kubernetes 4.34.2: no such host",
        "  tls 5.6.1: 404 Not Found",
        "Install them where there is a network, or give --providers auto:",
        "  pulumi plugin install resource kubernetes v4.34.2",
        "  pulumi plugin install resource tls v5.6.1",
      ].join("\n"),
    ],
    "charts that cannot be had": [
      false,
      { present: all, charts: ["harbor 1.19.1 of https://helm.goharbor.io: no such host"] },
      [
        "--providers official: the official kubernetes plugin takes charts from their repositories, and some cannot be had",
        "  harbor 1.19.1 of https://helm.goharbor.io: no such host",
        "With --providers auto, or stand-in, their releases are recorded instead.",
      ].join("\n"),
    ],
    "archives of charts": [
      true,
      { present: all },
      "--charts is not for the official kubernetes plugin, which takes charts from their repositories. Leave it out, or give --providers auto",
    ],
  };
  for (const [title, [archives, facts, message]] of Object.entries(refusals)) {
    it(`official refuses, naming ${title}`, async () => {
      const { means } = machine(facts);
      await assert.rejects(chooseProviders({ mode: "official", packages, archives, means }), (error) => {
        assert(error instanceof UserError);
        assert.equal(error.message, message);
        return true;
      });
    });
  }
});
