import type { RealNode } from "../realNode.js";

/** Folder of the node with the repositories that it serves, each at the path that its address has. */
export const repositoriesFolder = "/srv/git";

/** A Git repository in a node. */
export class Repository {
  private readonly folder: string;

  /**
   * @param url Its address, of which the path counts.
   * @param branch Branch that commits go to.
   * @param root Folder with all repositories.
   */
  constructor(
    private readonly node: RealNode,
    url: string,
    private readonly branch: string,
    root = repositoriesFolder,
  ) {
    this.folder = `${root}${new URL(url).pathname}`;
  }

  /** A file of the newest commit. */
  async read(path: string): Promise<string> {
    const show = ["git", "--git-dir", this.folder, "show", `${this.branch}:${path}`];
    return (await this.node.run(show)).stdout;
  }

  /** Commits files, by their paths: all that it has from then on. Makes the repository if there is none. */
  async commit(files: Readonly<Record<string, string>>): Promise<void> {
    const git = ["git", "--git-dir", this.folder];
    const branch = `--initial-branch=${this.branch}`;
    await this.node.run(["git", "init", "--quiet", "--bare", branch, this.folder]);
    const ref = `refs/heads/${this.branch}`;
    const { stdout: known } = await this.node.run([...git, "for-each-ref", ref]);
    // https://git-scm.com/docs/git-fast-import
    const stream = [
      `commit ${ref}`,
      "committer lab <lab@localhost> now",
      data("Written by the lab"),
      ...(known ? [`from ${ref}^0`] : []),
      "deleteall",
      ...Object.entries(files).flatMap(([path, content]) => [`M 644 inline ${path}`, data(content)]),
      "",
    ];
    await this.node.run([...git, "fast-import", "--quiet", "--date-format=now"], stream.join("\n"));
  }
}

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}`;
