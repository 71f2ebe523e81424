import { RestoreSample } from "../../../../components/backups/restoreSample.js";
import { sampleNamespaces } from "../../../../components/backups/restoreSampleNames.js";
import { NamespaceIsolation } from "../../../../components/network/isolation/namespaceIsolation.js";
import { podSecurityLabels } from "../../../../components/common/namespaces.js";
import type { Values } from "../../../../cli/plan/providers/standIn.js";
import { veleroSchedules } from "../../../../stacks/settings/derived/drill.js";
import { capture } from "../../../kit/capture.js";
import { settingsWith } from "../../../cli/verify/fakeTarget.js";
import { storageClass } from "./world.js";

export const { home, restored } = sampleNamespaces;
const settings = settingsWith();
export const [schedule] = veleroSchedules(settings);
export const { image } = settings.backups.jobs.restoreDrill.velero;

/** The namespaces with their policies, and the sample, as the program registers them. */
export async function program(): Promise<Values[]> {
  const { resources } = await capture(() => {
    for (const namespace of [home, restored])
      new NamespaceIsolation(`isolation-${namespace}`, { namespace, flows: [] });
    new RestoreSample("sample", { namespace: home, storageClass, image });
  });
  return [
    ...[home, restored].map((namespace) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: podSecurityLabels("restricted") },
    })),
    ...resources
      .filter(({ custom }) => custom)
      .map(({ type, inputs }) => {
        const [, group, kind] = /^kubernetes:(.*):(.*)$/.exec(type)!;
        return { ...inputs, apiVersion: group!.replace(/^core\//, ""), kind };
      }),
  ];
}
