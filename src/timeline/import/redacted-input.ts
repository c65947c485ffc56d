// An import that stores no name, pid or pointer of its input.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { isRedacted, redactionMark } from "../read/redacted.js";
import { keyOfMark, redactedHash, Redaction } from "../redact/redaction.js";
import { recordings } from "../read/recordings.js";
import { readAnchor, type Anchor } from "./anchor.js";
import { type ImportOptions } from "./options.js";
import { everComplete } from "./import-result.js";
import { type Input } from "./input.js";

/** An input with the redaction of what it gives; null = it is stored as it is. */
export interface RedactableInput extends Input {
  /** Makes the substitutes of what is stored. */
  readonly redaction: Redaction | null;
  /** The SHA-256 that the same bytes have where they are stored the other way; null = as of `sha256`. */
  readonly otherSha256: string | null;
  /** The same of all that was read. */
  otherHash(): string;
}

/** The input as it is stored: with another name, and with another hash, by which it is found again. */
export function redactable(
  input: Input,
  { redact = false, redactKey }: Pick<ImportOptions, "redact" | "redactKey">,
): RedactableInput {
  const { sha256 } = input;
  const shown = sha256 === null ? null : redactedHash(sha256);
  let read: string | null = null;
  const hash = (): string => (read ??= input.hash());
  const shownHash = (): string => redactedHash(hash());
  if (!redact) return { ...input, redaction: null, otherSha256: shown, hash, otherHash: shownHash };
  const redaction = new Redaction(sha256, redactKey ?? null);
  const of = { name: redaction.file(input.name), sha256: shown, origin: null };
  return { ...input, ...of, redaction, otherSha256: sha256, hash: shownHash, otherHash: hash };
}

/** The dump that an import names, as it is stored: another hash tells it from others. null = it names none. */
export async function anchorAsStored({ anchor, redact }: ImportOptions): Promise<Anchor | null> {
  const read = anchor === undefined ? null : await readAnchor(anchor);
  return read === null || redact !== true ? read : redactedAnchor(read);
}

function redactedAnchor(anchor: Anchor): Anchor {
  const sha256 = anchor.header.words.get("sha256") ?? "";
  return { ...anchor, identity: anchor.identity.replace(sha256, redactedHash(sha256)) };
}

/** Throws ERR_REDACT where a recording of the timeline has substitutes by another key, which would tell nobody apart. */
export function refuseOtherKey(
  sqlite: Database.Database,
  { redaction }: Pick<RedactableInput, "redaction">,
): void {
  const own = redaction === null ? null : keyOfMark(redaction.mark);
  if (own === null) return;
  for (const { id } of recordings(sqlite)) {
    const other = keyOfMark(redactionMark(sqlite, id) ?? "");
    if (other !== null && other !== own)
      throw new TwinError(
        "ERR_REDACT",
        `recording ${id} is redacted by another key: give the same \`redactKey\`, or redact into another timeline`,
      );
  }
}

/** While a redacted import runs, what is deleted or overwritten is not left in the bytes of the file. */
export async function erasing<Result>(
  sqlite: Database.Database,
  { redaction }: RedactableInput,
  run: () => Promise<Result>,
): Promise<Result> {
  if (redaction === null) return run();
  const before = sqlite.pragma("secure_delete", { simple: true });
  sqlite.pragma("secure_delete = ON");
  try {
    return await run();
  } finally {
    if (sqlite.open) sqlite.pragma(`secure_delete = ${String(before)}`);
  }
}

/**
 * Throws ERR_REDACT if the timeline holds the recording the other way, so that one of the two would tell what the other
 * hides. `sha256`: of the same bytes, stored the other way.
 */
export function refuseMixed(
  sqlite: Database.Database,
  { redaction }: RedactableInput,
  sha256: string | null,
  supersedes: number | undefined,
): void {
  const isOn = redaction !== null;
  // The bytes of one that was dropped may still stand in the file.
  const same = sha256 === null ? undefined : everComplete(sqlite, sha256);
  if (same !== undefined)
    throw new TwinError(
      "ERR_REDACT",
      isOn
        ? `the timeline holds the same file as recording ${same}, which is not redacted: redact into another timeline, or make a redacted copy with \`irqtwin rewind end --redact --to NEW.db\``
        : `the timeline holds the same file as recording ${same}, which is redacted: import it into another timeline, or with \`redact\``,
    );
  if (supersedes === undefined || isRedacted(sqlite, supersedes) === isOn) return;
  if (!holds(sqlite, supersedes)) return;
  throw new TwinError(
    "ERR_REDACT",
    isOn
      ? `recording ${supersedes} is not redacted, so a redacted one cannot supersede it: redact into another timeline`
      : `recording ${supersedes} is redacted: only a redacted one can supersede it (\`redact\`)`,
  );
}

function holds(sqlite: Database.Database, recording: number): boolean {
  return sqlite.prepare("SELECT 1 FROM recording WHERE id = ?").get(recording) !== undefined;
}
