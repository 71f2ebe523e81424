import { z } from "zod";

/** Tags, as requests carry them: kept, and no more. */
export const tags = {
  freeformTags: z.record(z.string(), z.string()).optional(),
  definedTags: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
};

/** The tags of a resource made without. */
export const noTags = { freeformTags: {}, definedTags: {} };
