import { elements, isRecord, join, notYetKnown, shown, propertyAt } from "../resource.js";

const exactVersion = /^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** Tags that are moved to a new image from time to time. */
const movingTags = new Set([
  "latest",
  "stable",
  "edge",
  "main",
  "master",
  "nightly",
  "dev",
  "devel",
  "develop",
  "canary",
]);

/** Violations in the inputs of a Helm release: its chart and the images in its values. */
export function checkRelease(inputs: Record<string, unknown>): string[] {
  return [...chartVersion(inputs["chart"], inputs["version"]), ...imagesInValues(inputs["values"], "values")];
}

/** Violations in one Kubernetes object: images of containers and volumes, charts of ArgoCD Applications. */
export function checkObject(object: unknown): string[] {
  const application =
    propertyAt(object, "kind") === "Application" &&
    String(propertyAt(object, "apiVersion")).startsWith("argoproj.io/");
  return [
    ...imagesOfPods(object, ""),
    ...(application ? chartsOfApplication(propertyAt(object, "spec"), "spec") : []),
  ];
}

function chartVersion(chart: unknown, version: unknown): string[] {
  // A chart in a folder of the repository has no version but the repository's.
  if (typeof chart === "string" && /^[./]/.test(chart)) return [];
  return inexact(version, "version");
}

function inexact(version: unknown, at: string): string[] {
  if (version === notYetKnown || (typeof version === "string" && exactVersion.test(version))) return [];
  return [
    `${at} is ${shown(version)}, which may be another chart tomorrow; only an exact version such as 1.19.1 is allowed. ` +
      "Write down the version that was tested.",
  ];
}

function chartsOfApplication(spec: unknown, path: string): string[] {
  const sources = [
    [join(path, "source"), propertyAt(spec, "source")] as const,
    ...elements(propertyAt(spec, "sources")).map(
      (source, index) => [join(path, "sources", index), source] as const,
    ),
  ];
  return sources.flatMap(([at, source]) =>
    propertyAt(source, "chart")
      ? inexact(propertyAt(source, "targetRevision"), join(at, "targetRevision"))
      : [],
  );
}

/** Images of `containers`, `initContainers` and `ephemeralContainers` at any depth, and of volumes made from images. */
function imagesOfPods(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => imagesOfPods(element, join(path, index)));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = join(path, key);
    const field = /^(containers|initContainers|ephemeralContainers)$/.test(key)
      ? ["image"]
      : key === "volumes"
        ? ["image", "reference"]
        : undefined;
    const images = field
      ? elements(inner).flatMap((element, index) =>
          unpinned(propertyAt(element, ...field), join(at, index, ...field)),
        )
      : [];
    return [...images, ...imagesOfPods(inner, at)];
  });
}

/**
 * Images in chart values: whole references, and tags next to a repository. A missing tag is the chart's own, which is
 * pinned with the chart.
 */
function imagesInValues(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => imagesInValues(element, join(path, index)));
  }
  if (!isRecord(value)) return [];
  const siblingTag = ["tag", "imageTag"].some((key) => isText(value[key]));
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = join(path, key);
    if (/^(image|.*Image)$/.test(key) && isText(inner)) return siblingTag ? [] : unpinned(inner, at);
    if (/^(tag|.*Tag)$/.test(key) && typeof inner === "string" && isMoving(inner)) {
      return [`${at} is ${shown(inner)}, which ${moves}. ${mend}`];
    }
    return imagesInValues(inner, at);
  });
}

const moves = "may be another image tomorrow; only a fixed tag or a digest is allowed";
const mend = "Write down the tag or digest that was tested.";

function unpinned(image: unknown, at: string): string[] {
  if (!isText(image) || /\{\{/.test(image)) return [];
  const [, name, digest] = /^([^@]*)(?:@(.*))?$/.exec(image) ?? [];
  if (digest !== undefined && /^sha256:[0-9a-f]{64}$/.test(digest)) return [];
  const tag = /:([^:/]+)$/.exec(name ?? "")?.[1];
  return digest === undefined && tag !== undefined && !isMoving(tag)
    ? []
    : [`${at} is ${shown(image)}, which ${moves}. ${mend}`];
}

function isMoving(tag: string): boolean {
  return movingTags.has(tag) || tag.startsWith("latest-");
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
