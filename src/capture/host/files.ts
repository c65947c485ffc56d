// Files of a host, or copies of them.

import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { TwinError, type ErrorCode } from "../../base/errors.js";
import { type ReadAt } from "./elf.js";

/** The bytes of a file, unpacked if they are gzip's; null = there is no such file. Throws `code` for other errors. */
export function readPlain(path: string, code: ErrorCode): Buffer | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return null;
    throw unreadable(path, error, code);
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new TwinError(
      code,
      `${path} is damaged: it is cut off, or no gzip (${messageOf(error)})`,
      {
        cause: error,
      },
    );
  }
}

/** The first of some files that is there, with its path. */
export function readFirst(
  paths: readonly string[],
  code: ErrorCode,
): { readonly path: string; readonly bytes: Buffer } | null {
  for (const path of paths) {
    const bytes = readPlain(path, code);
    if (bytes !== null) return { path, bytes };
  }
  return null;
}

/** Opens a file that is too large to be read whole. Throws what the file system says. */
export function openAt(path: string): ReadAt {
  return (offset, length) => {
    const descriptor = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, length, offset));
    } finally {
      closeSync(descriptor);
    }
  };
}

/** What an error of the file system is called, such as `EACCES`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unreadable(path: string, error: unknown, code: ErrorCode): TwinError {
  const hints: Readonly<Record<string, string>> = {
    EACCES: "run as root, or copy it as root",
    EPERM: "the kernel does not let it be read, as under lockdown: copy it from a boot without",
    EISDIR: "name the file, not its folder",
  };
  const hint = hints[codeOf(error)] ?? "copy it to another place";
  return new TwinError(code, `${path} cannot be read (${codeOf(error)}): ${hint}`, {
    cause: error,
  });
}
