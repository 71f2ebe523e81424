import { createRequire } from "node:module";
const m=createRequire(import.meta.url)("@kubernetes/client-node"); if(!m.KubeConfig) throw 1;
