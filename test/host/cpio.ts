// Writes the archive that a kernel unpacks as its first root folder: cpio in the "newc" form
// (Documentation/driver-api/early-userspace/buffer-format.rst of Linux).

/** A file of the archive; `path` has no leading slash. */
export interface Entry {
  readonly path: string;
  readonly content: Buffer | string;
  readonly isExecutable?: boolean;
  /** `content` is where a symbolic link leads. */
  readonly isLink?: boolean;
}

const FOLDER = 0o040755;
const FILE = 0o100644;
const PROGRAM = 0o100755;
const LINK = 0o120777;

/** The archive of files, with the folders that they need. */
export function cpioOf(entries: readonly Entry[]): Buffer {
  const folders = foldersOf(entries).map((path) => ({ path, mode: FOLDER, content: "" }));
  const files = entries.map((entry) => ({ ...entry, mode: modeOf(entry) }));
  const records = [...folders, ...files].map(({ path, mode, content }, at) =>
    record(path, { mode, content: Buffer.from(content), inode: at + 1 }),
  );
  const end = record("TRAILER!!!", { mode: 0, content: Buffer.alloc(0), inode: 0 });
  return Buffer.concat([...records, end]);
}

function modeOf({ isExecutable, isLink }: Entry): number {
  return isLink === true ? LINK : isExecutable === true ? PROGRAM : FILE;
}

/** Every folder above a file, those that are outside first. */
function foldersOf(entries: readonly Entry[]): readonly string[] {
  const above = entries.flatMap(({ path }) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
  });
  return [...new Set(above)].sort();
}

interface Content {
  readonly mode: number;
  readonly content: Buffer;
  readonly inode: number;
}

function record(path: string, { mode, content, inode }: Content): Buffer {
  const name = Buffer.from(`${path}\0`);
  const numbers = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const head = `070701${numbers.map((number) => number.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(head), name])), padded(content)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
