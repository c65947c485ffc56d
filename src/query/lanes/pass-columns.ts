// What the pass over the events reads of each.

/** SQL expressions over `event`. */
export const COLUMNS = [
  ...["seq", "time_ns - :base", "kind", "vm", "vcpu", "segment", "devid", "irte_index", "cause"],
  ...["a", "b", "host_irq"],
];

/** The places of these columns in a row. */
export const PLACE = {
  ...{ seq: 0, time: 1, kind: 2, vm: 3, vcpu: 4, segment: 5, devid: 6, index: 7, cause: 8 },
  ...{ a: 9, b: 10, hostIrq: 11 },
} as const;
