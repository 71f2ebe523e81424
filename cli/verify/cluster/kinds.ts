/** Objects of a cluster, each with the fields that checks look at. */

import type { Condition, KubeObject } from "./objects.js";
import type { LabelSelector } from "./selectors.js";

export type Pod = KubeObject & { spec: { containers: { command?: string[] }[] } };

export type ConfigMap = KubeObject & { data?: Record<string, string>; binaryData?: Record<string, string> };

export type Service = KubeObject & {
  spec: {
    type?: string;
    clusterIP?: string;
    clusterIPs?: string[];
    externalIPs?: string[];
    externalName?: string;
    ports?: { port: number; nodePort?: number }[];
    selector?: Record<string, string>;
  };
};

/** What a route hangs on, such as a Gateway. */
export interface ParentRef {
  name: string;
  namespace?: string;
  sectionName?: string;
  port?: number;
}

export type HttpRoute = KubeObject & {
  spec: {
    hostnames?: string[];
    parentRefs?: ParentRef[];
    rules?: { backendRefs?: { name: string; port?: number }[] }[];
  };
  status?: { parents?: { parentRef?: ParentRef; conditions?: Condition[] }[] };
};

export type SealedSecret = KubeObject & {
  spec: { encryptedData?: Record<string, string> };
  status?: { conditions?: Condition[]; observedGeneration?: number };
};

export interface CiliumRules {
  endpointSelector?: LabelSelector;
  ingress?: object[];
  egress?: object[];
}

/** A CiliumNetworkPolicy or a CiliumClusterwideNetworkPolicy. */
export type CiliumPolicy = KubeObject & {
  spec?: CiliumRules;
  specs?: CiliumRules[];
  status?: { conditions?: Condition[] };
};

export type Node = KubeObject & {
  status?: { addresses?: { type: string; address: string }[]; nodeInfo?: { bootID?: string } };
};
