import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { postgresTools, type Postgres } from "./servers.js";

/** What pg_dumpall makes of a server. */
export function dumpOf(server: Postgres): string {
  const login = ["--host", server.socket, "--username", server.superuser];
  return execFileSync(join(postgresTools(), "pg_dumpall"), login, { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** Databases whose dump has what looks like something else: commands of psql in strings, semicolons in statements, odd names. */
export function fillOddly(server: Postgres): void {
  server.query(
    "postgres",
    String.raw`CREATE DATABASE odd; CREATE DATABASE "o-d""d's\x"; CREATE DATABASE old;
      ALTER DATABASE old SET standard_conforming_strings = off; ALTER DATABASE odd SET timezone = 'America/Sao_Paulo';`,
  );
  server.query(
    "odd",
    String.raw`
      CREATE TABLE a (id serial PRIMARY KEY, "end" text DEFAULT 'it''s; \! x', b bytea DEFAULT '\x00', "we;""ird" int);
      INSERT INTO a ("end") VALUES (E'\\restrict a\nCREATE\r'), ('\.'), ('\! id');
      CREATE TABLE nothing (); CREATE TABLE times AS SELECT now() AS at;
      CREATE TABLE p (a int) PARTITION BY RANGE (a);
      CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (5);
      COMMENT ON TABLE a IS E'com''ment \\ with\n\\! a line -- and no comment /* neither';
      CREATE FUNCTION atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC
        SELECT CASE WHEN a > 1 THEN 2 ELSE 3 END; SELECT a; END;
      CREATE FUNCTION "we$ird"(a$b int) RETURNS int LANGUAGE sql AS 'SELECT $1';
      CREATE PROCEDURE code() LANGUAGE plpgsql AS $q$ BEGIN
/* it's
\connect elsewhere
*/ PERFORM $_$ it's ; $_$; END $q$;
      CREATE FUNCTION told() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'x'; END $$;
      CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION told();
      CREATE VIEW v AS SELECT CASE WHEN id > 3 THEN 'a;b' ELSE E'\\''' END AS c, id - -1 AS d FROM a;
      CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM a;
      CREATE RULE r AS ON DELETE TO a DO ALSO (INSERT INTO a ("end") VALUES ('x;'); SELECT 1; );
      CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
      CREATE AGGREGATE agg(int) (SFUNC = int4pl, STYPE = int);
      CREATE TYPE mood AS ENUM ('sad', 'ha''ppy');
      CREATE DOMAIN digits AS text CHECK (VALUE ~ '^\d{5}$');
      CREATE TEXT SEARCH CONFIGURATION ts (COPY = english);
      CREATE STATISTICS s ON id, "end" FROM a;
      ALTER TABLE a ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON a USING (id > 1);
      GRANT SELECT ON a TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
      SELECT lo_from_bytea(0, 'large object');`,
  );
  server.query(
    "old",
    String.raw`CREATE TABLE s (a text DEFAULT E'b\\''c', c text CHECK (c <> E'a\\\\')); COMMENT ON TABLE s IS E'a\\''';`,
  );
}
