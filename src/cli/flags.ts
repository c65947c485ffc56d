// The library's messages name its own options, in backticks as code. The user of the command line knows them as flags.

/** The flag for an option of the library whose name is another one; all others are called as they are. */
const OTHERWISE: Readonly<Record<string, string>> = {
  file: "db",
  clockHz: "clock-hz",
  "anchor.at": "anchor-at",
  minDecided: "min-decided",
  redactKey: "redact-key",
  bytes: "megabytes",
};

/** The options that are flags under their own names. */
const SAME = [
  ...["since", "until", "recording", "to", "rules", "kernel", "supersedes", "anchor", "trace"],
  ...["irte", "vcpu", "rows", "seconds", "only", "except", "baseline", "limit", "every", "by"],
  ...["redact", "offset", "grep", "threads", "vmlinux", "release"],
];

const FLAGS: ReadonlyMap<string, string> = new Map([
  ...SAME.map((name) => [name, name] as const),
  ...Object.entries(OTHERWISE),
]);

/** `since` or `since: 16.5`, in backticks. */
const OPTION = /`([\w.]+)(?:: ([^`]*))?`/g;

/** A text of the library in which flags stand for its options: `--since 16.5` for `since: 16.5` in backticks. */
export function inFlags(text: string): string {
  return text.replace(OPTION, (code: string, name: string, value?: string) => {
    const flag = FLAGS.get(name);
    if (flag === undefined) return code;
    return value === undefined ? `--${flag}` : `--${flag} ${value}`;
  });
}
