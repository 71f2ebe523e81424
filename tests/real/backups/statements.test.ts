import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dumpOf, fillOddly } from "./oddDatabases.js";
import { remove, scratch, startPostgres } from "./servers.js";

const library = fileURLToPath(new URL("../../../components/backups/node/lib/statements.sh", import.meta.url));

function statements(dump: string): { status: number | null; stdout: string; stderr: string } {
  const folder = scratch();
  try {
    writeFileSync(join(folder, "dump"), dump);
    return spawnSync("sh", ["-c", `. "$1"; statements "$2"`, "sh", library, join(folder, "dump")], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
      maxBuffer: 1 << 28,
    });
  } finally {
    remove(folder);
  }
}

describe("what a dump may hold", () => {
  it("is all that pg_dumpall writes, without what only some minor versions of psql know", () => {
    const folder = scratch();
    const server = startPostgres(join(folder, "server"));
    try {
      fillOddly(server);
      const dump = dumpOf(server);
      const { status, stdout, stderr } = statements(dump);
      assert.equal(stderr, "");
      assert.equal(status, 0);
      assert.equal(stdout, dump.replace(/^\\(un)?restrict \w+\n/gm, ""));
    } finally {
      server.stop();
      remove(folder);
    }
  });

  it("is \\restrict, \\unrestrict and \\connect of the commands of psql", () => {
    const connects = [
      "\\connect shop",
      "\\encoding SQL_ASCII",
      String.raw`\connect -reuse-previous=on "dbname='odd-na""me\'s\\x'"`,
    ];
    const { status, stdout } = statements(["\\restrict aZ9", ...connects, "\\unrestrict aZ9", ""].join("\n"));
    assert.equal(status, 0);
    assert.equal(stdout, [...connects, ""].join("\n"));
  });

  it("is anything in a row, a string, a name, the body of a function and a comment", () => {
    const dump = [
      "COPY public.a (id) FROM stdin;",
      "\\! id",
      "\\restrict x",
      "\\.",
      "COMMENT ON TABLE a IS 'it''s",
      "\\! id';",
      'CREATE VIEW "a""',
      "\\! id\" AS SELECT E'\\'; \\! id';",
      "CREATE FUNCTION f() AS $_$",
      "\\! id $$ ' $_$; -- \\! id",
      "/* /* */ \\! id */",
      "CREATE FUNCTION g() BEGIN ATOMIC SELECT CASE WHEN a THEN b END; SELECT pg_read_file(c); END;",
      'CREATE VIEW v AS SELECT (a)::"Kind", b[1:c], d::text FROM t;',
      "CREATE RULE r AS ON DELETE TO a DO (SELECT 1; SELECT 2; );",
      "SET standard_conforming_strings = off;",
      "COMMENT ON TABLE a IS 'a\\';\\! id';",
      "",
    ].join("\n");
    const { status, stdout, stderr } = statements(dump);
    assert.equal(stderr, "");
    assert.equal(status, 0);
    assert.equal(stdout, dump);
  });

  for (const [what, [dump, message]] of Object.entries({
    "a command of psql": ["\\! id", "line 1 of the dump has a command of psql: \\! id"],
    "one in the middle of a line": [
      "SET a = 1; SELECT 1 \\g x",
      "line 1 of the dump has a command of psql: \\g x",
    ],
    "one after a comment": ["\n/* */ \\! id", "line 2 of the dump has a command of psql: \\! id"],
    "one after a string": ["SET a = E'\\''; \\! id", "line 1 of the dump has a command of psql: \\! id"],
    "one after rows": [
      "COPY a FROM stdin;\n\\.\r\n\\! id",
      "line 3 of the dump has a command of psql: \\! id",
    ],
    "a name that runs a program": [
      "\\connect `id`",
      "line 1 of the dump has a command of psql: \\connect `id`",
    ],
    "another server": [
      "\\connect -reuse-previous=on \"dbname='a' host=b\"",
      "line 1 of the dump has a command of psql: \\connect -reuse-previous=on \"dbname='a' host=b\"",
    ],
    "COPY to a program": [
      "COPY (SELECT 'x') TO PROGRAM 'id';",
      "line 1 of the dump is no statement of pg_dumpall: COPY (SELECT '') TO PROGRAM ''",
    ],
    "COPY from a program, on two lines": [
      "COPY public.a (id) FROM\n  PROGRAM 'id';",
      "line 2 of the dump is no statement of pg_dumpall: COPY public.a (id) FROM PROGRAM ''",
    ],
    "a statement behind COPY": [
      "COPY a FROM stdin; SELECT 1;\n\\.",
      "line 1 of the dump has something after COPY",
    ],
    "a function that is called": [
      "SELECT pg_catalog.pg_read_file('/etc/shadow');",
      "line 1 of the dump is no statement of pg_dumpall: SELECT pg_catalog.pg_read_file('')",
    ],
    "a query in an argument": [
      "SELECT pg_catalog.setval('a', (SELECT f()), true);",
      "line 1 of the dump is no statement of pg_dumpall: SELECT pg_catalog.setval('', (SELECT f()), true)",
    ],
    "a block of code": ["DO $$ BEGIN END $$;", "line 1 of the dump is no statement of pg_dumpall: DO ''"],
    "a setting of the server's files": [
      "ALTER SYSTEM SET archive_command = 'id';",
      "line 1 of the dump is no statement of pg_dumpall: ALTER SYSTEM SET archive_command = ''",
    ],
    "a command of psql behind a name with a dollar sign": [
      "CREATE TABLE é$a$ (x integer);\n\\! id\n-- $a$ (x integer);",
      "line 2 of the dump has a command of psql: \\! id",
    ],
    "one behind strings that are read in another way": [
      "SET standard_conforming_strings TO off;\nCOMMENT ON TABLE t IS '\\'';\n\\! id\n-- ';",
      "line 1 of the dump sets how strings are read in another way: SET standard_conforming_strings TO off",
    ],
    "a statement behind an argument that is called like a body": [
      "CREATE FUNCTION f(BEGIN integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';\nCOPY t FROM PROGRAM 'id';\nEND;",
      "line 2 of the dump is no statement of pg_dumpall: COPY t FROM PROGRAM ''",
    ],
    "a variable of psql, which may hold a command": [
      "SET a = :DBNAME;",
      "line 1 of the dump has a variable of psql: :DBNAME;",
    ],
    "an end in a string": ["SET a = 'b;\n", "line 1 of the dump is the last, in the middle of a statement"],
  } as const)) {
    it(`is not ${what}`, () => {
      const { status, stderr } = statements(dump);
      assert.equal(stderr, `${message}\n`);
      assert.equal(status, 1);
    });
  }
});
