import { celList, celText } from "./cel.js";

/** A check of a pod: an expression in CEL with what breaks it, as a list of texts, and what to do then. */
export interface PodCheck {
  name: string;
  found: string;
  problem: string;
  mend: string;
}

/** Capabilities that a container has by default, or may have. */
const capabilities = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"],
  ...["SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

/** Kernel settings that reach no further than the pod. */
const sysctls = [
  "kernel.shm_rmid_forced",
  ...["local_port_range", "local_reserved_ports", "unprivileged_port_start"].map(
    (name) => `net.ipv4.ip_${name}`,
  ),
  ...["fin_timeout", "keepalive_intvl", "keepalive_probes", "keepalive_time", "syncookies"].map(
    (name) => `net.ipv4.tcp_${name}`,
  ),
  "net.ipv4.ping_group_range",
];

const selinuxTypes = ["", "container_engine_t", "container_init_t", "container_kvm_t", "container_t"];

/** What holds for a container, and for the whole pod. */
const ofBoth = (condition: (context: string) => string): string =>
  `(${condition("variables.podSpec")} ? ["pod"] : []) + ` +
  `variables.containers.filter(container, ${condition("container")}).map(container, container.name)`;

/** Probes and hooks of a container that name a host. */
const asksHost = (handler: string) =>
  ["httpGet", "tcpSocket"].map((how) => `${handler}.?${how}.host.orValue("") != ""`).join(" || ");
const asksHosts =
  `["livenessProbe", "readinessProbe", "startupProbe"].exists(probe, probe in container && (${asksHost("container[probe]")})) || ` +
  `(has(container.lifecycle) && ["postStart", "preStop"].exists(hook, hook in container.lifecycle && (${asksHost("container.lifecycle[hook]")})))`;

/**
 * What Pod Security's level baseline refuses, apart from host access, whatever level the labels of the namespace name
 * (https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline).
 */
export const baseline: readonly PodCheck[] = [
  {
    name: "hostPorts",
    found:
      "variables.containers.filter(container, container.?ports.orValue([]).exists(port, port.?hostPort.orValue(0) != 0)).map(container, container.name)",
    problem: "takes a port of its node: container ",
    mend: "take hostPort out; a Service, an HTTPRoute or an Ingress leads to the pod",
  },
  {
    name: "probedHosts",
    // The kubelet asks, from the node: no network policy of the pod holds.
    found: `variables.containers.filter(container, ${asksHosts}).map(container, container.name)`,
    problem: "has its node ask another host: container ",
    mend: "take host out of its probes and lifecycle hooks; the kubelet asks the pod then",
  },
  {
    name: "capabilities",
    found: `variables.containers.filter(container, container.?securityContext.?capabilities.?add.orValue([]).exists(capability, !(capability in ${celList(capabilities)}))).map(container, container.name)`,
    problem: "adds capabilities that reach beyond the container: container ",
    mend: `take them out of securityContext.capabilities.add; allowed are ${capabilities.join(", ")}`,
  },
  {
    name: "procMount",
    found:
      'variables.containers.filter(container, container.?securityContext.procMount.orValue("Default") != "Default").map(container, container.name)',
    problem: "sees all of /proc: container ",
    mend: "take securityContext.procMount out",
  },
  {
    name: "unconfined",
    found: ofBoth((context) =>
      ["seccompProfile", "appArmorProfile"]
        .map((profile) => `${context}.?securityContext.?${profile}.type.orValue("") == "Unconfined"`)
        .join(" || "),
    ),
    problem: "switches seccomp or AppArmor off: ",
    mend: "take the profile of type Unconfined out of securityContext",
  },
  {
    name: "selinux",
    found: ofBoth(
      (context) =>
        `!(${context}.?securityContext.?seLinuxOptions.type.orValue("") in ${celList(selinuxTypes)}) || ` +
        ["user", "role"]
          .map((field) => `${context}.?securityContext.?seLinuxOptions.${field}.orValue("") != ""`)
          .join(" || "),
    ),
    problem: "chooses its own SELinux domain: ",
    mend: "take seLinuxOptions.user and role out, and a type other than container_t, container_init_t, container_kvm_t and container_engine_t",
  },
  {
    name: "sysctls",
    found: `variables.podSpec.?securityContext.?sysctls.orValue([]).filter(sysctl, !(sysctl.name in ${celList(sysctls)})).map(sysctl, sysctl.name)`,
    problem: "changes settings of the node's kernel: ",
    mend: `take them out of securityContext.sysctls; allowed are ${sysctls.join(", ")}`,
  },
];

/** Checks as parts of a policy that knows `podSpec`, `containers` and `unchanged`. */
export const variablesOf = (checks: readonly PodCheck[]) =>
  checks.map(({ name, found }) => ({ name, expression: found }));
export const validationsOf = (checks: readonly PodCheck[]) =>
  checks.map(({ name, problem, mend }) => ({
    expression: `variables.unchanged || variables.${name}.size() == 0`,
    messageExpression: `${celText(problem)} + variables.${name}.join(", ") + ${celText(`; ${mend}`)}`,
  }));
