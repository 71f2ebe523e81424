import assert from "node:assert/strict";
import { existsSync, mkdirSync, chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { basename, join } from "node:path";
import { until } from "../../../cli/kit/until.js";
import { FaultyWorld } from "./faultyWorld.js";
import { fillOddly } from "./oddDatabases.js";
import { postgresTools } from "./servers.js";
import { runningProcesses } from "../../kit/startedCommand.js";

describe("backups: a dump of somebody who controls PostgreSQL", function () {
  this.timeout(240_000);
  const at = FaultyWorld.ofSuite();

  /** Files that only code of the dump makes, in a folder that any account may write to. */
  let owned: string;
  let needle: string;
  let listener: Server;
  let connections = 0;
  before(async () => {
    owned = join(at.world.folder, "owned");
    mkdirSync(owned);
    chmodSync(owned, 0o777);
    needle = join(at.world.folder, "needle");
    writeFileSync(needle, "a secret of the node", { mode: 0o644 });
    listener = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  });
  after(() => listener.close());

  /** Programs that come before others on the PATH of a job. */
  function firstOnPath(programs: Record<string, string>): Record<string, string> {
    const bin = at.node.path("/bin");
    mkdirSync(bin, { recursive: true });
    for (const [name, script] of Object.entries(programs))
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { PATH: `${bin}:${process.env["PATH"]}` };
  }

  /** Backs up a dump with further lines in it, as the server's pod sends it. */
  async function dumpWith(lines: string): Promise<void> {
    const planted = at.node.path("/planted");
    writeFileSync(planted, `${lines}\n`);
    const tools = postgresTools();
    const env = firstOnPath({ pg_dumpall: `'${tools}/pg_dumpall' "$@" | sed '/^-- Roles/{r ${planted}\n}'` });
    at.succeeded(await at.node.run("pg-dump", [], env));
  }

  /** Processes of the drill's server: they have their data there, in a folder of this world. */
  const servers = () =>
    runningProcesses().filter(({ pid, command }) => {
      try {
        return (
          command.includes("/work/data") &&
          readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(basename(at.world.folder))
        );
      } catch {
        return false; // It has ended meanwhile.
      }
    });

  function nothingIsLeft(): void {
    assert.deepEqual(readdirSync(at.node.path("/tmp")), []);
    assert.deepEqual(servers(), []);
    assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(at.node.root));
  }

  for (const [what, lines, message] of [
    ["a command of psql", (to: string) => `\\! id >${to}`, "has a command of psql: \\! id"],
    [
      "COPY to a program",
      (to: string) => `COPY (SELECT 'x') TO PROGRAM 'id >${to}';`,
      "is no statement of pg_dumpall: COPY (SELECT '') TO PROGRAM ''",
    ],
    [
      "a block of code",
      (to: string) => `DO $$ BEGIN COPY (SELECT 'x') TO PROGRAM 'id >${to}'; END $$;`,
      "is no statement of pg_dumpall: DO ''",
    ],
  ] as const) {
    it(`is not loaded with ${what}`, async () => {
      const made = join(owned, "by-a-line");
      await dumpWith(lines(made));
      const { status, output } = await at.node.run("restore-drill", ["pg-dump"]);
      assert.equal(status, 1, output);
      assert.ok(output.includes(message), output);
      assert.match(
        output,
        /^line \d+ of the dump .*\nthe dump was not loaded: pg_dumpall does not write that/m,
      );
      assert.ok(!existsSync(made));
      nothingIsLeft();
    });
  }

  describe("with code that runs when it is loaded", () => {
    /** Rows of attempts in a table: those that were made, and those that came to something. */
    const rows = (table: string) =>
      Number(at.world.postgres.query("hostile", `SELECT count(*) FROM public.${table};`).trim());

    before(() => {
      const { port } = listener.address() as AddressInfo;
      // Programs read what they are given first: PostgreSQL takes a closed pipe for a failure.
      const attempts = [
        `COPY (SELECT 'x') TO PROGRAM 'cat >/dev/null; id >${owned}/by-a-program'`,
        `COPY (SELECT 'x') TO '${owned}/by-the-server'`,
        `PERFORM pg_catalog.pg_read_file('${needle}')`,
        `COPY (SELECT 'x') TO PROGRAM 'cat >/dev/null; bash -c "</dev/tcp/127.0.0.1/${port}"'`,
        `COPY (SELECT 'x') TO PROGRAM 'cat >/dev/null; psql --host ${at.world.postgres.socket} --username postgres --command "SELECT 1" >/dev/null'`,
        `COPY (SELECT 'x') TO PROGRAM 'cat >/dev/null; kill -0 ${process.pid} 2>&1 | grep -i permitted'`,
        "COPY (SELECT 'x') TO PROGRAM 'cat >/dev/null; cat /etc/hostname'",
        "COPY (SELECT 'x') TO PROGRAM 'cat >/dev/null; touch /usr/lib/owned || touch /owned'",
        "COPY (SELECT 'x') TO PROGRAM 'cat >/dev/null; mount -t tmpfs x /usr'",
      ].map(
        (attempt, index) => `
          INSERT INTO public.made VALUES (${index});
          BEGIN ${attempt}; INSERT INTO public.reached VALUES (${index}); EXCEPTION WHEN OTHERS THEN NULL; END;`,
      );
      at.world.postgres.query("postgres", "CREATE DATABASE hostile;");
      at.world.postgres.query(
        "hostile",
        `CREATE TABLE made (n int); CREATE TABLE reached (n int);
         CREATE FUNCTION attack() RETURNS int LANGUAGE plpgsql AS $$ BEGIN ${attempts.join("")} RETURN 1; END $$;
         CREATE MATERIALIZED VIEW v AS SELECT public.attack();`,
      );
    });
    after(() => void at.world.postgres.query("postgres", "DROP DATABASE hostile;"));

    it("reaches nothing of the node", async () => {
      // The control: where the server itself is, the first six come to something.
      assert.equal(rows("made"), 9);
      assert.ok(rows("reached") >= 6, `${rows("reached")}`);
      assert.equal(connections, 1);
      assert.deepEqual(readdirSync(owned), ["by-a-program", "by-the-server"]);
      for (const file of readdirSync(owned)) rmSync(join(owned, file));
      connections = 0;
      at.world.postgres.query("hostile", "TRUNCATE made, reached;");

      at.succeeded(await at.node.run("pg-dump"));
      const { status, output } = await at.node.run("restore-drill", ["pg-dump"]);
      // It ran: it wrote rows that the dump does not have. That it changed nothing else is the point.
      assert.match(output, /^> hostile public\.made \(n\): 9 rows/m);
      assert.doesNotMatch(output, /^> hostile public\.reached/m);
      assert.match(output, /restored databases differ from what was dumped/);
      assert.equal(status, 1);
      assert.deepEqual(readdirSync(owned), []);
      assert.equal(connections, 0);
      nothingIsLeft();
    });

    for (const [what, attack, disk] of [
      ["by a file", "fallocate -l 4G /work/fill", "size=8g"],
      // Deleted, it belongs to no folder.
      [
        "by a file that it has deleted",
        "exec 3>/work/fill; rm /work/fill; head -c 300M /dev/zero >&3",
        "size=512m",
      ],
      [
        "by many empty files",
        "mkdir /work/many; cd /work/many; seq 30000 | xargs touch",
        "size=512m,nr_inodes=50000",
      ],
    ] as const) {
      it(`does not fill the disk ${what}`, async () => {
        at.world.postgres.query(
          "hostile",
          `CREATE OR REPLACE FUNCTION attack() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
             COPY (SELECT 'x') TO PROGRAM '${attack}; sleep 600'; RETURN 1; END $$;`,
        );
        at.succeeded(await at.node.run("pg-dump"));
        const folder = at.node.path("/tmp");
        const { status, output } = await at.node.runWithSmallDisk("restore-drill", folder, disk, ["pg-dump"]);
        assert.match(
          output,
          /^the dump was ended while it was loaded, before it filled the disk: \d+ of at most \d+ MiB are used for \d+ MiB of dump, [1-9]\d* of \d+ MiB and [1-9]\d* of \d+ inodes are still free\. Find out what/m,
        );
        assert.equal(status, 1, output);
        nothingIsLeft();
      });
    }

    it("ends with the drill, even one that is killed", async () => {
      at.world.postgres.query(
        "hostile",
        `CREATE OR REPLACE FUNCTION attack() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
           COPY (SELECT 'x') TO PROGRAM 'cat >/dev/null; setsid sleep 4711 >/dev/null 2>&1 &'; PERFORM pg_catalog.pg_sleep(600); RETURN 1; END $$;`,
      );
      at.succeeded(await at.node.run("pg-dump"));
      const sleeps = () => runningProcesses().filter(({ command }) => command === "sleep 4711 ");
      let ended: string | undefined;
      const running = at.node.start("restore-drill", ["pg-dump"]);
      void running.done.then(({ output }) => (ended = output));
      const isLoaded = () => {
        assert.equal(ended, undefined, "the drill has ended");
        return sleeps().length > 0 && servers().length > 0;
      };
      const pids = (found: { pid: number }[]) => found.map(({ pid }) => pid).join();
      const found = () => `the dump is not loaded: processes ${pids(sleeps())}, servers ${pids(servers())}`;
      await until(isLoaded, found, { seconds: 120 });
      running.kill("SIGKILL");
      await running.done;
      await until(() => sleeps().length + servers().length === 0, "the server outlives the drill");
    });
  });

  it("is restored as it was when it only looks like one", async () => {
    fillOddly(at.world.postgres);
    at.succeeded(await at.node.run("pg-dump"));
    const { status, output } = await at.node.run("restore-drill", ["pg-dump"]);
    assert.equal(status, 0, output);
    assert.match(output, /tables of PostgreSQL \d+ restored, all as they were/);
    nothingIsLeft();
  });

  it("is not loaded where there can be no sandbox", async () => {
    at.succeeded(await at.node.run("pg-dump"));
    for (const program of ["unshare", "mount", "pivot_root"]) {
      const env = firstOnPath({ [program]: `echo '${program}: not permitted' >&2; exit 1` });
      const { status, output } = await at.node.run("restore-drill", ["pg-dump"], env);
      assert.equal(status, 1, output);
      assert.ok(
        output.includes(
          `the sandbox for the dump cannot be made, and without it the dump is not loaded: ${program}: not permitted\n`,
        ),
        output,
      );
      nothingIsLeft();
      rmSync(at.node.path("/bin"), { recursive: true });
    }
  });
});
