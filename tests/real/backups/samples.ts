import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Postgres } from "./servers.js";

/** Names that a shell, restic's patterns or an S3 key could trip over. */
const oddNames = [
  "a b",
  "star*",
  "[bracket]",
  "quote's",
  'double"',
  "umläut",
  "$HOME",
  "back\\slash",
  "-dash",
  "%41",
];

/**
 * Fills a folder with so many files of so many bytes in all, none of them compressible, a few with odd names.
 *
 * @returns What `hashes` says of it.
 */
export function fill(folder: string, files: number, bytes: number): Record<string, string> {
  for (let index = 0; index < files; index++) {
    const inside = join(folder, `claim-${index % 20}`, `part-${index % 7}`);
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, oddNames[index] ?? `file-${index}`), randomBytes(Math.floor(bytes / files)));
  }
  return hashes(folder);
}

/** SHA-256 of every file below a folder, by path. */
export function hashes(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path), createHash("sha256").update(readFileSync(path)).digest("hex")]),
  );
}

/** Two databases with what a dump can get wrong: odd names, odd rows, sequences, binary data, roles, a large object. */
export function fillPostgres(postgres: Postgres, rows: number): void {
  postgres.query(
    "postgres",
    `CREATE ROLE shop LOGIN PASSWORD 'needle-role-password'; CREATE DATABASE shop OWNER shop; CREATE DATABASE "odd name";`,
  );
  postgres.query(
    "shop",
    `CREATE TABLE orders (id serial PRIMARY KEY, at timestamptz DEFAULT now(), item text, price numeric(10,2), body bytea);
     INSERT INTO orders (item, price, body)
       SELECT repeat(md5(i::text), 4), i / 7.0, decode(md5(i::text), 'hex') FROM generate_series(1, ${rows}) i;
     CREATE TABLE empty ();
     CREATE VIEW cheap AS SELECT * FROM orders WHERE price < 10;
     SELECT lo_from_bytea(0, 'large object');`,
  );
  postgres.query(
    "odd name",
    `CREATE SCHEMA "we;ird"; CREATE TABLE "we;ird"."Tab le" ("Col" text, f float8);
     INSERT INTO "we;ird"."Tab le" VALUES ('COPY public.orders (id) FROM stdin;', 0.1), (E'\\\\.', 'NaN'),
       (E'line\\nbreak\\ttab\\\\backslash', 1e300), ('CREATE ROLE nobody;', NULL), ('\\connect elsewhere', -0.0);`,
  );
}

/** Rows and a checksum of every table, asked of the server itself. */
export function databaseState(postgres: Postgres): Record<string, string> {
  const databases = postgres
    .query(
      "postgres",
      "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'template1' ORDER BY 1;",
    )
    .trim()
    .split("\n");
  const state: Record<string, string> = {};
  for (const database of databases) {
    const tables = postgres
      .query(
        database,
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1;",
      )
      .trim()
      .split("\n")
      .filter(Boolean);
    for (const table of tables) {
      state[`${database} ${table}`] = postgres
        .query(database, `SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM ${table} t;`)
        .trim();
    }
    state[`${database} sequences`] = postgres
      .query(database, "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 1, 2;")
      .trim();
    state[`${database} large objects`] = postgres
      .query(database, "SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY 1;")
      .trim();
  }
  state["roles"] = postgres
    .query("postgres", "SELECT rolname, rolpassword FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 1;")
    .trim();
  return state;
}
