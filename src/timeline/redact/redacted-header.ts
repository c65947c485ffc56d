// Header lines of a recording that can be published. A value is kept if its key is known to be harmless and it has the
// form that the capture script gives it; pids and names in it get their substitutes.

import { type HeaderLine } from "../../source/header/header-line.js";
import { ANCHOR_KEY, NOTE_KEY, type HeaderKey } from "../../source/header/header-keys.js";
import { DEVICE, ENTRY } from "../../source/header/irqtbl.js";
import { redactedHash, redactedText, type Redaction } from "./redaction.js";

/** A value's substitute; null = it has not the form that is understood. */
type Rule = (value: string, redaction: Redaction) => string | null;

function keep(...forms: readonly RegExp[]): Rule {
  return (value) => (forms.some((form) => form.test(value)) ? value : null);
}

const number = keep(/^(?:\d{1,20}|0x[0-9a-f]{1,16})$/i);
const time = keep(/^\d{1,20}(?:\.\d{1,9})?$/);
const identifier = keep(/^[\w.]{1,128}$/);
const device = keep(/^[0-9a-f]{1,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i);
const pid: Rule = (value, redaction) =>
  number(value, redaction) === null ? null : String(redaction.pid(Number(value)));
const name: Rule = (value, redaction) => redaction.name(value);
const hash: Rule = (value) => (/^[0-9a-f]{64}$/.test(value) ? redactedHash(value) : null);
const nothing: Rule = () => null;

/** `vm pid=4000 left_out=2`: the one VM that was recorded. */
const only: Rule = (value, redaction) => {
  const [, own, rest = ""] = /^vm pid=(\d{1,10})( left_out=\d{1,9})?$/.exec(value) ?? [];
  return own === undefined ? null : `vm pid=${redaction.pid(Number(own))}${rest}`;
};

/** `p:pi/irte_write __modify_irte_ga devid=%si:x16`; the group can have the pid of a recorder in it. */
const probe: Rule = (value, redaction) => {
  const [, front, own, rest = ""] =
    /^([pr]\d*:pi)(?:_(\d{1,10}))?(\/\w+ [\w.+:]+(?: \w+=[\w%$@+*().,:-]+)*)$/.exec(value) ?? [];
  if (front === undefined) return null;
  return front + (own === undefined ? "" : `_${redaction.pid(Number(own))}`) + rest;
};

/** What each key holds: one text, or words. */
const RULES: Readonly<
  Record<HeaderKey | typeof ANCHOR_KEY | typeof NOTE_KEY, Rule | Readonly<Record<string, Rule>>>
> = {
  capture: number,
  kernel: keep(/^[\w.+~-]{1,128}$/),
  clock: keep(/^[\w-]{1,32}$/),
  tsc_khz: number,
  boot_id: name,
  host: name,
  start: { wall: time, trace: time },
  end: { wall: time, trace: time },
  level: keep(/^\w{1,32}$/),
  probe,
  tracepoint: keep(/^\w{1,64}:\w{1,64}$/),
  filter: { event: keep(/^\w{1,64}:\w{1,64}$/), filter: nothing },
  refused: { name: identifier, reason: nothing, why: nothing },
  unverified: { name: identifier, symbol: identifier },
  cpu: { cpu: number, apic: number },
  pci: device,
  vm: { pid, name, fd: number },
  vcpu: { pid, tid: pid, vcpu: number, from: keep(/^(?:debugfs|thread_name)$/) },
  device: { pid, device, group: number },
  eventfd: { pid, fd: number, eventfd: number },
  irqfd: { pid, fd: number, eventfd: number, gsi: number },
  interrupt: nothing,
  irqtbl_of: { devid: number, device, trace: time },
  irqtbl: keep(ENTRY, DEVICE),
  loss: {
    ...{ cpu: number, entries: number, overrun: number },
    ...{ dropped: number, read: number, overwritten: number },
  },
  only,
  standing: { at: keep(/^\w{1,32}$/), trace: time },
  ended_by: nothing,
  dmesg: nothing,
  [ANCHOR_KEY]: { sha256: hash, at: keep(/^[\w.]{1,40}$/), entries: number, file: name },
  [NOTE_KEY]: keep(/^[a-z ]{1,40}(?:: \d{1,15})?$/),
};

/** The line as it can be published. Words that no version knows are left out. */
export function redactedHeader(header: HeaderLine, redaction: Redaction): HeaderLine {
  const { key, value, problem } = header;
  const rule = Object.hasOwn(RULES, key) ? RULES[key as keyof typeof RULES] : undefined;
  if (rule === undefined)
    return {
      ...unread(header, "header line"),
      key: key === "" ? "" : "unknown",
      problem: key === "" ? problem : "no version knows the key",
    };
  if (problem !== null) return unread(header, "value");
  if (typeof rule === "function")
    return { ...header, value: rule(value, redaction) ?? redactedText("value", value) };
  const words = new Map<string, string>();
  for (const [word, of] of Object.entries(rule)) {
    const text = header.words.get(word);
    if (text !== undefined) words.set(word, of(text, redaction) ?? redactedText(word, text));
  }
  const pairs = [...words].map(([word, text]) => `${word}=${quoted(text)}`);
  return { ...header, words, value: pairs.join(" ") };
}

function unread(header: HeaderLine, kind: string): HeaderLine {
  return { ...header, value: redactedText(kind, header.value), words: new Map() };
}

function quoted(text: string): string {
  return /[\s"\\]/.test(text) || text === "" ? `"${text.replaceAll(/["\\]/g, "\\$&")}"` : text;
}
