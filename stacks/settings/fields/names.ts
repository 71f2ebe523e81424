import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { didYouMean } from "../../../components/common/mend.js";
import { text } from "./text.js";

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const labelPattern = new RegExp(`^${label}$`);
const subdomainPattern = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*$`);
const hostnamePattern = new RegExp(`^(?=.{1,253}$)(${label}\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`);

/** A name that Kubernetes accepts for namespaces and Services (RFC 1123 label). */
export function dnsLabel(description: string, example?: string): z.ZodString {
  const schema = text(description, (value) =>
    labelPattern.test(value)
      ? undefined
      : `"${value}" is not a DNS label (lower-case letters, digits and dashes, at most 63)`,
  );
  return example === undefined ? schema : schema.meta({ examples: [example] });
}

/** A name that Kubernetes accepts for nodes and most objects (RFC 1123 subdomain): labels with dots between them. */
export function dnsSubdomain(description: string, example: string): z.ZodString {
  return text(description, (value) =>
    isDnsSubdomain(value) ? undefined : notSubdomain(value, example),
  ).meta({ examples: [example] });
}

/** Whether Kubernetes takes it as the name of most objects. */
export function isDnsSubdomain(value: string): boolean {
  return subdomainPattern.test(value);
}

const notSubdomain = (value: string, example: string) =>
  `"${value}" is not a DNS name such as ${example} (lower-case letters, digits, dashes and dots)`;

/** A node's name. The kubelet writes it into the label kubernetes.io/hostname as well, which holds less than a name may have. */
export function nodeName(description: string, example: string): z.ZodString {
  return text(description, (value) => {
    if (!isDnsSubdomain(value)) return notSubdomain(value, example);
    return isLabelValue(value)
      ? undefined
      : `${value} has ${value.length} characters; a node's name is the value of its label kubernetes.io/hostname, at most 63`;
  }).meta({ examples: [example] });
}

/**
 * A fully qualified host name.
 *
 * @param wildcard Whether it may begin with one. An offer leaves it away only where it is never part of what is meant.
 */
export function hostname(
  description: string,
  wildcard: "allowed" | "refused" | "never meant" = "refused",
): z.ZodString {
  return text(description, (value) => {
    const name = wildcard === "allowed" ? value.replace(/^\*\./, "") : value;
    // A label that begins with xn-- may stand for nothing.
    if (hostnamePattern.test(name) && domainToASCII(name) !== "") return undefined;
    const mended = value
      .toLowerCase()
      .replace(/^[a-z]+:\/\//, "")
      .replace(/[/:].*$/, "")
      .replace(/\.$/, "")
      .replace(wildcard === "never meant" ? /^\*\./ : "", "");
    return { message: `"${value}" is not a host name`, mend: didYouMean(mended) };
  }).meta({ examples: ["harbor.example.org"] });
}

/**
 * What is wrong with the end of a name that has to be one of the public DNS: names that never are
 * (https://www.iana.org/assignments/special-use-domain-names/), and those that homes use as if they were their own.
 */
export function notPublic(name: string): string | undefined {
  const last = name.slice(name.lastIndexOf(".") + 1);
  return privateNames.includes(last)
    ? `${name} ends in .${last}, which is not in the public DNS; Let's Encrypt refuses it`
    : undefined;
}

const privateNames = [
  ...["alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test"],
  ...["corp", "domain", "home", "intranet", "lan", "localdomain", "mail", "private"],
];

/** A host name, a single label allowed, or an IP address; a wildcard where `wildcard` is set. */
export function hostOrAddress(description: string, { wildcard = false } = {}): z.ZodString {
  return text(description, (value) =>
    isHostOrAddress(value) || (wildcard && /^\*\.[^*]*[a-z]/.test(value) && isHostOrAddress(value.slice(2)))
      ? undefined
      : {
          message: `"${value}" is neither a host name nor an IP address`,
          mend: didYouMean(value.toLowerCase().replace(/\.$/, "")),
        },
  ).meta({ examples: ["db.example.org"] });
}

/**
 * Whether a value is a host name or a complete IP address. A name whose last label is a number is neither: programs take it
 * for an address, as 127.1 (https://url.spec.whatwg.org/#ends-in-a-number-checker).
 */
export function isHostOrAddress(value: string): boolean {
  if (ipaddr.IPv4.isValidFourPartDecimal(value)) return !/(^|\.)0\d/.test(value);
  // With a zone it is one of this host alone.
  if (ipaddr.IPv6.isValid(value)) return !value.includes("%");
  return subdomainPattern.test(value) && !/(^|\.)(\d+|0x[0-9a-f]*)$/.test(value);
}

/** Whether Kubernetes takes it as the key of a label (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set). */
export function isLabelKey(value: string): boolean {
  const [name, prefix, ...more] = value.split("/").reverse();
  return (
    name !== "" &&
    isLabelValue(name!) &&
    (prefix === undefined || subdomainPattern.test(prefix)) &&
    more.length === 0
  );
}

/**
 * Whether Cilium sets it itself, or leaves it out of what it knows pods by: no pod is selected by it, or one of another
 * namespace (https://github.com/cilium/cilium/blob/v1.20.0/pkg/labelsfilter/filter.go, defaultLabelPrefixCfg).
 */
export function isHiddenLabel(key: string): boolean {
  return /^(io\.kubernetes|io\.cilium\.k8s|kubernetes\.io|k8s\.io|topology\.kubernetes\.io|.*beta\.kubernetes\.io|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|batch\.kubernetes\.io\/(job-completion-index|controller-uid)|pod-template-(generation|hash)|controller-(revision-hash|uid)|annotation|etcd_node)/.test(
    key,
  );
}

/** Whether Kubernetes takes it as the value of a label. */
export function isLabelValue(value: string): boolean {
  return /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value);
}

/** Whether it is a list of labels, key=value, each key once: with two values of one no pod is selected. */
export function selectsPods(value: string): boolean {
  const labels = value.split(",").map((label) => label.split("="));
  return (
    labels.every(
      ([key, wanted, ...more]) => isLabelKey(key!) && isLabelValue(wanted ?? " ") && !more.length,
    ) && new Set(labels.map(([key]) => key)).size === labels.length
  );
}

/** An account of Linux. */
export function accountName(description: string): z.ZodString {
  return text(description, (value) =>
    /^[a-z_][a-z0-9_-]{0,31}$/.test(value) ? undefined : `"${value}" is not the name of an account`,
  );
}

/** Length of an e-mail address (RFC 5321, 4.5.3.1). */
export const shortEnough = /^(?!.{255})(?![^@]{65})/;

/** An e-mail address. */
export function emailAddress(description: string): z.ZodEmail {
  return z
    .email({ error: (issue) => `${JSON.stringify(issue.input)} is not an e-mail address` })
    .regex(shortEnough, "an e-mail address has at most 64 characters in front of its @, and 254 in all")
    .describe(description)
    .meta({ examples: ["admin@example.org"] });
}
