// The filter of the list of events: `log`'s options as `name=value`, with spaces between them.

/** The names of the filter, as `log` and the API have them. */
export const FILTER_NAMES = [
  ...([
    "irte",
    "device",
    "vcpu",
    "vm_id",
    "irqfd",
    "gsi",
    "host_irq",
    "task",
    "kind",
    "cause",
  ] as const),
  ...(["fate", "marker", "since", "until"] as const),
];

/** A filter that was read: what is asked for, and the parts that mean nothing. */
export interface ReadFilter {
  /** Values by the names of the API. */
  readonly query: Readonly<Record<string, string>>;
  /** Parts that are not understood. */
  readonly unknown: readonly string[];
}

/** Reads a filter. A word alone means a kind, a name of an entry or a vCPU, or a task. */
export function readFilter(text: string): ReadFilter {
  const query: Record<string, string> = {};
  const unknown: string[] = [];
  for (const part of text.match(/(?:[^\s"]+|"[^"]*")+/g) ?? []) {
    const [, name, quoted] = /^([a-z_]+)[=:](.+)$/.exec(part) ?? [];
    const value = (quoted ?? part).replace(/^"|"$/g, "");
    const known = FILTER_NAMES.find((each) => each === name);
    if (known !== undefined) query[known] = value;
    else if (name !== undefined && !/[:/]/.test(part)) unknown.push(part);
    else query[nameOfWord(part)] = part;
  }
  return { query, unknown };
}

function nameOfWord(word: string): string {
  if (/^(?:marker|link|[a-z]+(?:_[a-z]+)+)$/.test(word)) return "kind";
  if (/^vm\d+\/vcpu\d+$/.test(word)) return "vcpu";
  if (/^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]\/\d+$/.test(word)) return "irte";
  if (/^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(word)) return "device";
  return "task";
}

/** Where a row of a long list stands: lists higher than browsers can scroll are squeezed. */
export interface Virtual {
  /** The height of what scrolls. */
  readonly height: number;
  /** The first row in sight. */
  readonly first: number;
  /** The first row's top in what scrolls. */
  readonly top: number;
}

/** Browsers scroll at least so many pixels exactly. */
const MOST = 8_000_000;

/** The rows in sight of a list at a place of its scroll bar. */
export function virtual(total: number, rowHeight: number, room: number, scrolled: number): Virtual {
  const full = total * rowHeight;
  if (full <= MOST) {
    const first = Math.max(0, Math.floor(scrolled / rowHeight));
    return { height: full, first, top: first * rowHeight };
  }
  const part = scrolled / Math.max(1, MOST - room);
  const first = Math.round(part * Math.max(0, total - Math.floor(room / rowHeight)));
  return { height: MOST, first, top: Math.min(scrolled, MOST - room) };
}

/** Where to scroll so that a row is in the middle of the room. */
export function scrollTo(row: number, total: number, rowHeight: number, room: number): number {
  const full = total * rowHeight;
  if (full <= MOST) return Math.max(0, row * rowHeight - room / 2);
  const fits = Math.floor(room / rowHeight);
  return Math.max(0, ((row - fits / 2) / Math.max(1, total - fits)) * (MOST - room));
}
