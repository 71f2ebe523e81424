import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow, programsOf } from "./debianFiles.js";
import type { ImageContents } from "./images.js";

/**
 * Images of servers that the program expects in the cluster and does not bring.
 *
 * @param root The node's root, which has Debian's packages of them.
 */
export function serverImages(root: string): ImageContents {
  return {
    postgres: async () => {
      const [version] = readdirSync(join(root, "usr/lib/postgresql"));
      const folder = `/usr/lib/postgresql/${version}`;
      const busybox = join(root, "usr/bin/busybox");
      const [, account] = /^postgres:x:(\d+):/m.exec(readFileSync(join(root, "etc/passwd"), "utf8"))!;
      return {
        files: {
          ...(await programsOf(
            root,
            ["initdb", "postgres", "pg_dump", "pg_dumpall", "pg_isready", "psql"].map(
              (name) => `${folder}/bin/${name}`,
            ),
          )),
          // Without those of the compiler, which are of its size.
          ...filesBelow(root, `${folder}/lib`, (name) => /^[^/]*(?<!llvmjit)\.so$/.test(name)),
          ...filesBelow(root, `/usr/share/postgresql/${version}`),
          ...Object.fromEntries(
            ["UTC", "Etc/UTC"].map((zone) => [
              `/usr/share/zoneinfo/${zone}`,
              join(root, "usr/share/zoneinfo/Etc/UTC"),
            ]),
          ),
          "/etc/passwd": join(root, "etc/passwd"),
          "/bin/sh": busybox,
        },
        user: account,
        env: { PATH: `${folder}/bin:/bin`, PGHOST: "/tmp", PGUSER: "postgres" },
      };
    },
    pushgateway: async () => ({
      files: await programsOf(root, ["/usr/bin/prometheus-pushgateway"]),
      entrypoint: ["/usr/bin/prometheus-pushgateway", "--persistence.file="],
      user: "65534",
    }),
  };
}
