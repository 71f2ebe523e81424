import * as pulumi from "@pulumi/pulumi";
import { Command } from "@pulumi/command/remote/command.js";
import type { ControlPlaneNode } from "./kubeadmDocuments.js";
import { applyScriptFile, nodeBundle, type KnownNodeFile, type NodeFacts } from "./node/bundle.js";
import { remoteLine, stagesOf, type NodeAccess } from "./node/delivery.js";
import { FileRecord } from "./node/fileRecord.js";
import type { NodeFile } from "./nodeFile.js";

export interface NodeFilesArgs {
  /** Control-plane nodes, in the order in which they are changed. */
  nodes: (ControlPlaneNode & { ssh?: NodeAccess })[];
  /** Files without a secret: a plan shows what changes in them. */
  publicFiles: pulumi.Input<KnownNodeFile[]>;
  /** Files that hold keys or passwords: a plan shows that they change. */
  secretFiles: pulumi.Input<pulumi.Input<NodeFile>[]>;
  /** What the script on the node has to know in addition to the files. */
  facts: Omit<NodeFacts, "nodes">;
  /** `ssh` lays and applies the files, and every node needs `ssh`; `export` leaves it to the user, who takes the bundles. */
  delivery: "export" | "ssh";
}

/**
 * The files of the control-plane nodes, and their way there.
 *
 * Over SSH one node is changed after the other, never two at once: the first one that fails puts itself back as it was and
 * stops the others. The files travel on the standard input of the script on the node, so they are in no list of processes
 * and no file of this machine. What runs there is the whole script every time; it does nothing where nothing differs.
 */
export class NodeFiles extends pulumi.ComponentResource {
  /** Every file, those of all nodes; secret. */
  readonly files: pulumi.Output<KnownNodeFile[]>;
  /** By node, what its `cluster-security-apply` reads, in base64; secret. */
  readonly bundles: pulumi.Output<Record<string, string>>;
  /** By node, what its `cluster-security-apply` said the last time, where the delivery is `ssh`; secret. */
  readonly reports: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: NodeFilesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cluster-security:control-plane:NodeFiles", name, {}, opts);
    const { nodes, delivery } = args;
    const secretFiles = pulumi.output(args.secretFiles);
    const publicFiles = pulumi.output(args.publicFiles).apply((files) => [...files, applyScriptFile()]);
    new FileRecord(`${name}-record`, { publicFiles, secretFiles }, { parent: this });

    this.files = pulumi.secret(
      pulumi.all([publicFiles, secretFiles]).apply(([open, closed]): KnownNodeFile[] => [...open, ...closed]),
    );
    const facts: NodeFacts = {
      ...args.facts,
      nodes: nodes.map(({ name, address }) => ({ name, address })),
    };
    const bundles = nodes.map((node) =>
      this.files.apply(async (files) => (await nodeBundle(files, node.name, facts)).toString("base64")),
    );
    const byNode = (texts: pulumi.Output<string>[]) =>
      pulumi.secret(
        pulumi
          .all(texts)
          .apply((known) => Object.fromEntries(known.map((text, index) => [nodes[index]!.name, text]))),
      );
    this.bundles = byNode(bundles);
    this.reports = byNode(delivery === "ssh" ? this.deliver(name, nodes, bundles) : []);
    this.registerOutputs({ files: this.files, bundles: this.bundles, reports: this.reports });
  }

  /** One command per node and stage, each after the one before it. Answers with what the last stage says, by node. */
  private deliver(
    name: string,
    nodes: NodeFilesArgs["nodes"],
    bundles: pulumi.Output<string>[],
  ): pulumi.Output<string>[] {
    let previous: Command | undefined;
    const reports = stagesOf(nodes).map((stage) =>
      nodes.map((node, index) => {
        const { ssh } = node;
        if (!ssh) throw new Error(`node ${node.name}: delivery ssh needs to know how to reach it`);
        previous = new Command(
          stage === "apply" ? `${name}-${node.name}` : `${name}-${node.name}-${stage}`,
          {
            connection: {
              host: node.address,
              port: ssh.port,
              user: ssh.user,
              hostKey: ssh.hostKey,
              ...(ssh.privateKey === undefined ? {} : { privateKey: pulumi.secret(ssh.privateKey) }),
            },
            create: remoteLine(node.name, ssh.user, stage),
            // Changed files are a changed input, and so an update, which runs the same line again. Never a trigger: a
            // changed trigger replaces.
            stdin: bundles[index]!,
            logging: "none",
            // By default the last output would go into the environment of the next run.
            addPreviousOutputInEnv: false,
          },
          { parent: this, dependsOn: previous, additionalSecretOutputs: ["stdout", "stderr"] },
        );
        return previous.stdout;
      }),
    );
    return reports.at(-1)!;
  }
}
