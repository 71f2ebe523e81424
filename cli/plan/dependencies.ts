import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";

/** URNs of the resources that a property's value comes from, by URN and property. */
export class Dependencies {
  private readonly sources = new Map<string, Set<string>>();

  of(urn: string, property: string): string[] {
    return [...(this.sources.get(`${urn}\n${property}`) ?? [])];
  }

  private add(urn: string, property: string, sources: readonly string[]): void {
    const key = `${urn}\n${property}`;
    this.sources.set(key, new Set([...(this.sources.get(key) ?? []), ...sources]));
  }

  /** Notes what the running program registers; to be called in the program, where it has its connection. */
  watch(): void {
    const monitor = getMonitor()!;
    const register = monitor.registerResource.bind(monitor) as (...parameters: any[]) => any;
    monitor.registerResource = (request: any, callback: any, ...rest: any[]) =>
      register(
        request,
        (error: unknown, response: any) => {
          if (!error) {
            for (const [property, value] of request.getPropertydependenciesMap().entries()) {
              this.add(response.getUrn(), property, value.getUrnsList());
            }
          }
          callback(error, response);
        },
        ...rest,
      );
  }

  /** Adds what a stack's state in a file backend says of the last update. */
  addState(folder: string, project: string, stack: string): void {
    const file = join(folder, "backend", ".pulumi", "stacks", project, `${stack}.json`);
    if (!existsSync(file)) return;
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: {
        latest?: { resources?: { urn: string; propertyDependencies?: Record<string, string[]> }[] };
      };
    };
    for (const { urn, propertyDependencies = {} } of checkpoint.latest?.resources ?? []) {
      for (const [property, sources] of Object.entries(propertyDependencies))
        this.add(urn, property, sources ?? []);
    }
  }
}
