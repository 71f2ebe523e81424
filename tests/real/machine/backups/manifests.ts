import type { Settings } from "../../../../stacks/settings/index.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";

/** Images that the lab makes of Debian's packages. */
export const images = {
  postgres: "docker.io/library/postgres:15",
  pushgateway: "docker.io/prom/pushgateway:v1.4.3",
  busybox: "docker.io/library/busybox:1.37.0",
};

const scratch = { name: "data", emptyDir: {} };

/** The Pushgateway, as the monitoring stack of the cluster has it. */
export function pushgateway({ monitoring: { namespace } }: Settings): Values[] {
  const metadata = { name: "prometheus-pushgateway", namespace };
  const labels = { app: metadata.name };
  return [
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: "pushgateway", image: images.pushgateway }] },
        },
      },
    },
    {
      ...{ apiVersion: "v1", kind: "Service", metadata },
      spec: { selector: labels, ports: [{ port: 9091 }] },
    },
  ];
}

/** A PostgreSQL where the settings have it dumped. */
export function postgres({ backups }: Settings): Values[] {
  const { namespace, selector, container } = backups.jobs.postgres.pod;
  const labels = Object.fromEntries(selector.split(",").map((label) => label.split("=")));
  const start = `initdb --pgdata /data/main --username postgres --auth trust --encoding UTF8 --locale C --no-sync
exec postgres -D /data/main -c listen_addresses= -c unix_socket_directories=/tmp`;
  return [
    {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "postgres", namespace, labels } },
      spec: {
        containers: [
          {
            ...{ name: container, image: images.postgres, command: ["sh", "-euc", start] },
            volumeMounts: [{ name: scratch.name, mountPath: "/data" }],
          },
        ],
        securityContext: { fsGroup: 65534 },
        volumes: [scratch],
      },
    },
  ];
}

/** Name of the objects with a volume. */
export const appName = "files";

/** A pod of an app that writes to a volume, as root does. */
export function app(namespace: string): Values[] {
  const metadata = { name: appName, namespace };
  const labels = { app: appName };
  const mount = { name: "data", mountPath: "/data" };
  return [
    {
      ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata },
      spec: {
        ...{ accessModes: ["ReadWriteOnce"], storageClassName: "local-path" },
        resources: { requests: { storage: "64Mi" } },
      },
    },
    {
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                ...{ name: "app", image: images.busybox, command: ["sleep", "2147483647"] },
                volumeMounts: [mount],
              },
            ],
            volumes: [{ name: "data", persistentVolumeClaim: { claimName: appName } }],
          },
        },
      },
    },
  ];
}

/** Fills the volume with files of several owners and modes. */
export const fill = `cd /data && mkdir -p deep/er && chown 1000:2000 deep && chmod 2750 deep
for number in 1 2 3 4 5 6; do head -c 1048576 /dev/urandom >deep/er/file-$number; chown $number:$((number * 7)) deep/er/file-$number; done
chmod 4711 deep/er/file-1; chmod 0600 deep/er/file-2; chmod 0444 deep/er/file-3
head -c 1000 /dev/urandom >'odd $(date) & * name'; : >empty; ln -s deep/er/file-1 link`;

/** What is there: sums, then kinds, modes, owners and sizes. */
export const inspect = `cd /data && find . -type f ! -path './.velero*' -exec sha256sum {} + | sort -k 2
find . ! -path './.velero*' ! -path . | sort | while read -r path; do stat -c '%N %f %u:%g %s' "$path"; done`;
