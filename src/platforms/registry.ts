// The platforms that irqtwin knows. To add one: its folder in domain/, its readers, and a line here.

import { TwinError } from "../base/errors.js";
import { AMD } from "../domain/amd/platform.js";
import { type Platform } from "../domain/platform/platform.js";

const platforms = new Map<string, Platform>([[AMD.id, AMD]]);

/** Makes a platform known by its id from now on, for this process. */
export function addPlatform(platform: Platform): void {
  platforms.set(platform.id, platform);
}

/** All platforms, in the order in which they were added. */
export function allPlatforms(): readonly Platform[] {
  return [...platforms.values()];
}

/** The platform of that id; undefined where this version does not know it. */
export function findPlatform(id: string): Platform | undefined {
  return platforms.get(id);
}

/** The platform of a recording. Throws ERR_PLATFORM_UNKNOWN where this version does not know it. */
export function platformOf({ platform: id }: { readonly platform: string }): Platform {
  const platform = platforms.get(id);
  if (platform !== undefined) return platform;
  throw new TwinError(
    "ERR_PLATFORM_UNKNOWN",
    `the recording is of platform ${id}; this version knows ${[...platforms.keys()].join(", ")}: update irqtwin`,
  );
}
