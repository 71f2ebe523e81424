/** Hours after which a daily backup is stale: one run may be missing. */
export const staleHours = 48;
