import { X509Certificate } from "node:crypto";
import ipaddr from "ipaddr.js";
import { Cron } from "croner";
import { z } from "zod";

/**
 * Building blocks of the settings schema. Every refinement says what was found, what is allowed and, where it can
 * be guessed, the mend; the key in front of the message is added by errors.ts.
 */

/** A check that either passes (undefined) or says what is wrong with the value. */
type Check = (value: string) => string | undefined;

/** A string with one check of its own and a description for editors. */
export function text(description: string, check: Check): z.ZodString {
  return z
    .string()
    .superRefine((value, context) => {
      const message = check(value);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .describe(description);
}

/** A name that Kubernetes accepts for namespaces and most objects (RFC 1123 label). */
export function dnsLabel(description: string, example?: string): z.ZodString {
  const label = text(description, (value) => {
    if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return undefined;
    const mended = value
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 63);
    return `"${value}" is not a DNS label (lower-case letters, digits and dashes, at most 63)${didYouMean(mended)}`;
  });
  return example === undefined ? label : label.meta({ examples: [example] });
}

/** A fully qualified host name, a wildcard allowed as the first label where `wildcard` is set. */
export function hostname(description: string, options: { wildcard?: boolean } = {}): z.ZodString {
  const pattern = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
  return text(description, (value) => {
    const name = options.wildcard ? value.replace(/^\*\./, "") : value;
    if (pattern.test(name)) return undefined;
    const mended = value
      .toLowerCase()
      .replace(/^[a-z]+:\/\//, "")
      .replace(/[/:].*$/, "")
      .replace(/\.$/, "");
    return `"${value}" is not a host name${pattern.test(mended.replace(/^\*\./, "")) ? didYouMean(mended) : ""}`;
  }).meta({ examples: ["harbor.example.org"] });
}

/** An IPv4 or IPv6 network in CIDR form without host bits. */
export function cidr(description: string): z.ZodString {
  return text(description, (value) => {
    if (!value.includes("/")) return `"${value}" has no prefix length; write a network such as 10.244.0.0/16`;
    if (!ipaddr.isValidCIDR(value)) return `"${value}" is not a network in CIDR form such as 10.244.0.0/16`;
    const network = networkOf(value);
    return network === value ? undefined : `${value} has host bits set; did you mean ${network}?`;
  }).meta({ examples: ["10.244.0.0/16"] });
}

/** The network address of a CIDR, host bits cleared. */
function networkOf(value: string): string {
  const [address, prefix] = ipaddr.parseCIDR(value);
  const network =
    address.kind() === "ipv4"
      ? ipaddr.IPv4.networkAddressFromCIDR(value)
      : ipaddr.IPv6.networkAddressFromCIDR(value);
  return `${network.toString()}/${prefix}`;
}

/** True when the two networks share an address. A bare address counts as a network of one. */
export function overlaps(a: string, b: string): boolean {
  const [left, right] = [a, b].map((value) =>
    value.includes("/")
      ? ipaddr.parseCIDR(value)
      : ([ipaddr.parse(value), ipaddr.parse(value).kind() === "ipv4" ? 32 : 128] as [ipaddr.IPv4, number]),
  ) as [[ipaddr.IPv4, number], [ipaddr.IPv4, number]];
  if (left[0].kind() !== right[0].kind()) return false;
  return left[0].match(right[0], Math.min(left[1], right[1]));
}

/** A single IP address. */
export function ipAddress(description: string): z.ZodString {
  return text(description, (value) => {
    if (ipaddr.IPv4.isValidFourPartDecimal(value) || ipaddr.IPv6.isValid(value)) return undefined;
    return `"${value}" is not an IP address such as 192.168.1.133`;
  }).meta({ examples: ["192.168.1.133"] });
}

/** A host name, a single label allowed, or an IP address. */
export function hostOrAddress(description: string): z.ZodString {
  return text(description, (value) =>
    ipaddr.isValid(value) || /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(value)
      ? undefined
      : `"${value}" is neither a host name nor an IP address`,
  ).meta({ examples: ["db.example.org"] });
}

/** A public resolver as host:port. Private resolvers would answer from a split-horizon zone (cert-manager#903). */
export function publicResolver(description: string): z.ZodString {
  return text(description, (value) => {
    const match = /^\[?([0-9a-fA-F.:]+?)\]?:(\d+)$/.exec(value);
    const address = match?.[1];
    if (!address || !ipaddr.isValid(address))
      return `"${value}" is not an address with a port such as 1.1.1.1:53`;
    const range = ipaddr.parse(address).range();
    return range === "unicast"
      ? undefined
      : `${value} is a ${range} address; the DNS-01 self-check needs a public resolver such as 1.1.1.1:53`;
  }).meta({ examples: ["1.1.1.1:53"] });
}

/** An e-mail address. */
export function emailAddress(description: string): z.ZodEmail {
  return z
    .email({ error: (issue) => `${JSON.stringify(issue.input)} is not an e-mail address` })
    .describe(description)
    .meta({ examples: ["admin@example.org"] });
}

/** A five-field cron expression, the form Kubernetes and Velero take. */
export function cron(description: string): z.ZodString {
  return text(description, (value) => {
    const fields = value.trim().split(/\s+/).length;
    if (fields !== 5)
      return `"${value}" has ${fields} fields; a cron expression has five, such as "0 3 * * *"`;
    try {
      // Parsing alone: no job is scheduled and the clock is not asked.
      new Cron(value, { paused: true, mode: "5-part" });
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
      return `"${value}" is not a cron expression: ${reason}`;
    }
  }).meta({ examples: ["0 3 * * *"] });
}

/** A time of the day as HH:MM. */
export function timeOfDay(description: string): z.ZodString {
  return text(description, (value) =>
    isTimeOfDay(value) ? undefined : `"${value}" is not a time of the day such as 03:20`,
  ).meta({ examples: ["03:20"] });
}

const isTimeOfDay = (value: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(value);

/** A day of the week and a time of the day, such as Sun 05:00. */
export function weeklyTime(description: string): z.ZodString {
  return text(description, (value) => {
    const [day, time, ...rest] = value.split(" ");
    const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    return days.includes(day!) && isTimeOfDay(time ?? "") && rest.length === 0
      ? undefined
      : `"${value}" is not a day of the week and a time such as "Sun 05:00"`;
  }).meta({ examples: ["Sun 05:00"] });
}

/** A path that begins at the root, without what a shell or an environment file would take for more than a name. */
export function absolutePath(description: string): z.ZodString {
  return text(description, (value) => {
    if (!value.startsWith("/")) return `"${value}" is not an absolute path such as /etc`;
    return /^(\/[A-Za-z0-9._ @+-]+)+$/.test(value)
      ? undefined
      : `"${value}" is not a plain path (letters, digits, ., _, @, +, - and spaces, no / at the end)`;
  }).meta({ examples: ["/etc"] });
}

/** The address of an HTTP server without credentials, query or a slash at its end. */
export function httpUrl(description: string): z.ZodString {
  return text(description, (value) => {
    if (value.includes("@"))
      return "an address with a user or a password would be readable in the stack's file";
    return /^https?:\/\/[A-Za-z0-9.:[\]-]+(\/[A-Za-z0-9._-]+)*$/.test(value)
      ? undefined
      : `"${value}" is not an address such as http://10.96.0.50:9091`;
  }).meta({ examples: ["http://10.96.0.50:9091"] });
}

/** A point in time with zone, as Cloudflare takes it. */
export function timestamp(description: string): z.ZodString {
  return text(description, (value) => {
    if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return `"${value}" has no time; did you mean ${value}T00:00:00Z?`;
    if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(value) && !Number.isNaN(Date.parse(value)))
      return undefined;
    return `"${value}" is not a UTC time such as 2027-06-30T00:00:00Z`;
  }).meta({ examples: ["2027-06-30T00:00:00Z"] });
}

/** A quantity of storage in the binary units Kubernetes uses. */
export function storageSize(description: string): z.ZodString {
  return text(description, (value) =>
    /^[1-9]\d*(Mi|Gi|Ti)$/.test(value) ? undefined : `"${value}" is not a size in Mi, Gi or Ti such as 5Gi`,
  ).meta({ examples: ["5Gi"] });
}

/** A duration in the form Go's time.ParseDuration takes, in whole hours, minutes or seconds. */
export function duration(description: string): z.ZodString {
  return text(description, (value) =>
    /^([1-9]\d*h)?([1-9]\d*m)?([1-9]\d*s)?$/.test(value) && value !== ""
      ? undefined
      : `"${value}" is not a duration such as 1h or 720h`,
  ).meta({ examples: ["720h"] });
}

/** An Oracle Cloud identifier of one resource type. */
export function ocid(description: string, type: "tenancy" | "compartment"): z.ZodString {
  return text(description, (value) => {
    // The root compartment of a tenancy is the tenancy itself.
    const allowed = type === "compartment" ? ["compartment", "tenancy"] : [type];
    if (allowed.some((kind) => value.startsWith(`ocid1.${kind}.oc`) && /^[a-z0-9.-]+$/.test(value)))
      return undefined;
    return `"${value}" is not the OCID of a ${type}; it begins ocid1.${type}.oc1..`;
  }).meta({ examples: [`ocid1.${type}.oc1..aaaa`] });
}

/** An X.509 certificate. An unreadable one would end the Sealed Secrets controller. */
export function certificatePem(description: string): z.ZodString {
  return text(description, (value) => {
    try {
      new X509Certificate(value);
      return undefined;
    } catch {
      return "the text given is not a certificate in PEM form (-----BEGIN CERTIFICATE-----)";
    }
  });
}

/**
 * A server's public key as its .pub file holds it. Not an RSA key: the plugin of @pulumi/command asks for the signature
 * ssh-rsa then, which is SHA-1 and which servers of today refuse.
 */
export function sshHostKey(description: string): z.ZodString {
  return text(description, (value) => {
    const types = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
    const words = value.trim().split(/\s+/);
    const at = words.findIndex((word, index) => word === typeIn(words[index + 1]));
    const allowed = "one line such as ssh-ed25519 AAAA…, the content of /etc/ssh/ssh_host_ed25519_key.pub";
    if (at < 0) return `the text given is not a public key of an SSH server: ${allowed}`;
    const [type, key] = words.slice(at);
    if (!types.includes(type!))
      return `${type} is not supported; give ${types[0]}, else one of ${types.slice(1).join(", ")}`;
    // As ssh-keyscan and known_hosts have it.
    return at === 0 ? undefined : `"${words[0]}" stands before the key${didYouMean(`${type} ${key}`)}`;
  }).meta({ examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKlci+SYFQKttaPeN3lP1USxuBDXN2DiMqQn465f4WGN"] });
}

/** The type that an SSH public key names inside (RFC 4253, 6.6). */
function typeIn(base64 = ""): string | undefined {
  const bytes = Buffer.from(base64, "base64");
  return bytes.length > 36 ? bytes.toString("latin1", 4, 4 + bytes.readUInt32BE(0)) : undefined;
}

/** The question that ends a message whose mend is known. */
function didYouMean(candidate: string | undefined): string {
  return candidate ? `; did you mean ${candidate}?` : "";
}
