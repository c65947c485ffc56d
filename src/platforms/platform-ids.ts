// The ids of the platforms that irqtwin knows.

/** The ids in the order of the platforms: `amd`, which is read, and those that are only recognised. */
export const PLATFORM_IDS = ["amd", "arm64", "intel"] as const;

/** The id of a platform that irqtwin knows. */
export type PlatformId = (typeof PLATFORM_IDS)[number];
