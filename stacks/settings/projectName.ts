/** The project whose configuration namespace holds the settings: `cluster-security:cluster` and so on. */
export const projectName = "cluster-security";
