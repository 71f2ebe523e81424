import { container, good, images, pod, workload, type Manifest } from "./admissionCases.js";

const secured = (securityContext: object) => pod({ containers: [container(good, { securityContext })] });
const adds = (...add: string[]) => secured({ capabilities: { add } });
const allowed =
  "AUDIT_WRITE, CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, MKNOD, NET_BIND_SERVICE, SETFCAP, SETGID, SETPCAP, SETUID, SYS_CHROOT";
const capability = `adds capabilities that reach beyond the container: container web; take them out of securityContext.capabilities.add; allowed are ${allowed}`;
const hostPort =
  "takes a port of its node: container web; take hostPort out; a Service, an HTTPRoute or an Ingress leads to the pod";
const unconfined = (what: string) =>
  `switches seccomp or AppArmor off: ${what}; take the profile of type Unconfined out of securityContext`;
const selinux = (what: string) =>
  `chooses its own SELinux domain: ${what}; take seLinuxOptions.user and role out, and a type other than container_t, container_init_t, container_kvm_t and container_engine_t`;
const sysctl =
  "changes settings of the node's kernel: kernel.msgmax; take them out of securityContext.sysctls; allowed are kernel.shm_rmid_forced, " +
  "net.ipv4.ip_local_port_range, net.ipv4.ip_local_reserved_ports, net.ipv4.ip_unprivileged_port_start, net.ipv4.tcp_fin_timeout, " +
  "net.ipv4.tcp_keepalive_intvl, net.ipv4.tcp_keepalive_probes, net.ipv4.tcp_keepalive_time, net.ipv4.tcp_syncookies, net.ipv4.ping_group_range";
const malformed = (image: string) => `no image's name: ${image}; write registry/path:tag, or with a digest`;

/** What Pod Security's level baseline refuses, in a namespace whose labels name no level. */
export const baselineCases: [name: string, manifest: Manifest, refusal?: string][] = [
  ["a port of its own", pod({ containers: [container(good, { ports: [{ containerPort: 80 }] })] })],
  [
    "a port of the node",
    pod({ containers: [container(good, { ports: [{ containerPort: 80, hostPort: 80 }] })] }),
    hostPort,
  ],
  ...(
    [
      ["a probe of another host", { livenessProbe: { httpGet: { host: "127.0.0.1", port: 2381 } } }],
      [
        "a probe of another host's port",
        { readinessProbe: { tcpSocket: { host: "192.0.2.10", port: 10250 } } },
      ],
      [
        "a hook that asks another host",
        { lifecycle: { preStop: { httpGet: { host: "192.0.2.10", port: 80 } } } },
      ],
    ] as const
  ).map(([name, more]): [string, Manifest, string] => [
    name,
    pod({ containers: [container(good, more)] }),
    "has its node ask another host: container web; take host out of its probes and lifecycle hooks; the kubelet asks the pod then",
  ]),
  [
    "probes and hooks of the pod itself",
    pod({
      containers: [
        container(good, {
          livenessProbe: { httpGet: { port: 80 } },
          startupProbe: { exec: { command: ["true"] } },
          lifecycle: { postStart: { httpGet: { port: 80 } } },
        }),
      ],
    }),
  ],
  ["a capability for ports below 1024", adds("NET_BIND_SERVICE")],
  ["the capability of an administrator", adds("NET_BIND_SERVICE", "SYS_ADMIN"), capability],
  ["all capabilities", adds("ALL"), capability],
  [
    "all capabilities, of a Deployment",
    workload("apps/v1", "Deployment", good, {
      containers: [container(good, { securityContext: { capabilities: { add: ["ALL"] } } })],
    }),
    capability,
  ],
  ["capabilities taken away", secured({ capabilities: { drop: ["ALL"] } })],
  [
    "all of /proc",
    pod({ hostUsers: false, containers: [container(good, { securityContext: { procMount: "Unmasked" } })] }),
    "sees all of /proc: container web; take securityContext.procMount out",
  ],
  ["the runtime's seccomp profile", secured({ seccompProfile: { type: "RuntimeDefault" } })],
  ["no seccomp for a container", secured({ seccompProfile: { type: "Unconfined" } }), unconfined("web")],
  [
    "no seccomp for the pod",
    pod({ securityContext: { seccompProfile: { type: "Unconfined" } } }),
    unconfined("pod"),
  ],
  [
    "no AppArmor for the pod",
    pod({ securityContext: { appArmorProfile: { type: "Unconfined" } } }),
    unconfined("pod"),
  ],
  ["the SELinux type of containers", secured({ seLinuxOptions: { type: "container_t" } })],
  ["another SELinux type", secured({ seLinuxOptions: { type: "spc_t" } }), selinux("web")],
  ["an SELinux user", pod({ securityContext: { seLinuxOptions: { user: "system_u" } } }), selinux("pod")],
  [
    "a setting of the pod's network",
    pod({ securityContext: { sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] } }),
  ],
  [
    "a setting of the kernel",
    pod({ securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }),
    sysctl,
  ],
  [
    "a listed registry in front of another one",
    images("docker.io/library@registry.example/app:1"),
    malformed("docker.io/library@registry.example/app:1"),
  ],
  [
    "a path that leads out of a listed one",
    images("docker.io/library/../other/app:1"),
    malformed("docker.io/library/../other/app:1"),
  ],
];
