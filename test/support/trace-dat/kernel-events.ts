// Tracepoints whose text is computed from their fields, as the kernels have them: arch/x86/kvm/trace.h, Linux 6.12 to 7.3.

import { type MadeField } from "./event-encoder.js";

/** A tracepoint with what its text tells of its fields. */
export interface KernelEvent {
  readonly name: string;
  readonly fields: readonly MadeField[];
  /** What follows `print fmt:`. */
  readonly print: string;
  readonly pattern: RegExp;
  readonly valuesOf: (groups: readonly (string | undefined)[]) => (bigint | string)[];
}

const u8 = (name: string): MadeField => ({ type: "bool", name, size: 1, isSigned: false });
const u16 = (name: string): MadeField => ({ type: "__u16", name, size: 2, isSigned: false });
const u32 = (name: string): MadeField => ({ type: "u32", name, size: 4, isSigned: false });
const s32 = (name: string): MadeField => ({ type: "int", name, size: 4, isSigned: true });
const u64 = (name: string): MadeField => ({ type: "u64", name, size: 8, isSigned: false });

const comm = (name: string): MadeField => ({ type: "char", name, size: 16, isSigned: false });
const text = (name: string): MadeField => ({
  type: "__data_loc char[]",
  name,
  size: 4,
  isSigned: false,
});

const STATES = ["S", "D", "T", "t", "X", "Z", "P", "I"];
const STATE_ROWS = STATES.map((state, i) => `{ 0x${(1 << i).toString(16)}, "${state}" }`).join(
  ", ",
);
/** TASK_REPORT, as the macro is printed; the bit above it says that the task was preempted. */
const REPORT =
  "((((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | 0x00000008 | 0x00000010 | 0x00000020 | 0x00000040) + 1) << 1) - 1)";
const PREEMPTED = 0x100n;

const MODES = ["Fixed", "LowPrio", "SMI", "Res3", "NMI", "INIT", "SIPI", "ExtINT"];
const MODE_ROWS = MODES.map((mode, i) => `{0x${i}, "${mode}"}`).join(", ");

const hex = (text: string | undefined): bigint => BigInt(`0x${text ?? "0"}`);
const decimal = (text: string | undefined): bigint => BigInt(text ?? "0");
const is = (condition: boolean): bigint => (condition ? 1n : 0n);
const modeOf = (text: string | undefined): bigint => BigInt(MODES.indexOf(text ?? ""));

const PI_UPDATE =
  /^PI is (.+) for irq (\d+), vcpu (-?\d+), gsi: 0x([0-9a-f]+), gvec: 0x([0-9a-f]+)/;

/** The first one whose pattern all lines of its name have is used. */
export const KERNEL_EVENTS: readonly KernelEvent[] = [
  {
    name: "kvm_msi_set_irq",
    fields: [u64("address"), u64("data")],
    print:
      '"dst %llx vec %u (%s|%s|%s%s)", (u8)(REC->address >> 12) | ((REC->address >> 32) & 0xffffff00), ' +
      `(u8)REC->data, __print_symbolic((REC->data >> 8 & 0x7), ${MODE_ROWS}), ` +
      '(REC->address & (1<<2)) ? "logical" : "physical", (REC->data & (1<<15)) ? "level" : "edge", ' +
      '(REC->address & (1<<3)) ? "|rh" : ""',
    pattern: /^dst ([0-9a-f]+) vec (\d+) \((\w+)\|(logical|physical)\|(level|edge)(\|rh)?\)$/,
    valuesOf: ([, dest, vector, mode, logical, level, rh]) => [
      ((hex(dest) & 0xffn) << 12n) |
        ((hex(dest) & 0xffffff00n) << 32n) |
        (is(logical === "logical") << 2n) |
        (is(rh !== undefined) << 3n),
      decimal(vector) | (modeOf(mode) << 8n) | (is(level === "level") << 15n),
    ],
  },
  {
    name: "kvm_pi_irte_update",
    fields: [
      u32("host_irq"),
      u32("vcpu_id"),
      u32("gsi"),
      u32("gvec"),
      u64("pi_desc_addr"),
      u8("set"),
    ],
    print:
      '"PI is %s for irq %u, vcpu %u, gsi: 0x%x, gvec: 0x%x, pi_desc_addr: 0x%llx", ' +
      'REC->set ? "enabled and being updated" : "disabled", REC->host_irq, REC->vcpu_id, REC->gsi, REC->gvec, REC->pi_desc_addr',
    pattern: new RegExp(`${PI_UPDATE.source}, pi_desc_addr: 0x([0-9a-f]+)$`),
    valuesOf: ([, state, irq, vcpu, gsi, gvec, address]) => [
      ...[decimal(irq), decimal(vcpu), hex(gsi), hex(gvec), hex(address)],
      is(state !== "disabled"),
    ],
  },
  {
    name: "kvm_pi_irte_update",
    fields: [u32("host_irq"), s32("vcpu_id"), u32("gsi"), u32("gvec"), u8("set")],
    print:
      '"PI is %s for irq %u, vcpu %d, gsi: 0x%x, gvec: 0x%x", ' +
      'REC->set ? "enabled and being updated" : "disabled", REC->host_irq, REC->vcpu_id, REC->gsi, REC->gvec',
    pattern: new RegExp(`${PI_UPDATE.source}$`),
    valuesOf: ([, state, irq, vcpu, gsi, gvec]) => [
      ...[decimal(irq), decimal(vcpu), hex(gsi), hex(gvec), is(state !== "disabled")],
    ],
  },
  {
    name: "kvm_apicv_inhibit_changed",
    fields: [s32("reason"), u8("set"), u64("inhibits")],
    print:
      '"%s reason=%u, inhibits=0x%lx%s%s", REC->set ? "set" : "cleared", REC->reason, (REC->inhibits), ' +
      '(REC->inhibits) ? " " : "", (REC->inhibits) ? __print_flags(REC->inhibits, "|", ' +
      '{ ((((1UL))) << (APICV_INHIBIT_REASON_DISABLED)), "DISABLED" }, { ((((1UL))) << (APICV_INHIBIT_REASON_ABSENT)), "ABSENT" }) : ""',
    pattern: /^(set|cleared) reason=(\d+), inhibits=0x([0-9a-f]+)(?: .*)?$/,
    valuesOf: ([, set, reason, inhibits]) => [decimal(reason), is(set === "set"), hex(inhibits)],
  },
  {
    name: "kvm_vcpu_wakeup",
    fields: [u64("ns"), u8("waited"), u8("valid")],
    print:
      '"%s time %lld ns, polling %s", REC->waited ? "wait" : "poll", REC->ns, REC->valid ? "valid" : "invalid"',
    pattern: /^(wait|poll) time (\d+) ns, polling (valid|invalid)$/,
    valuesOf: ([, waited, ns, valid]) => [
      decimal(ns),
      is(waited === "wait"),
      is(valid === "valid"),
    ],
  },
  ...["kvm_apic_accept_irq", "kvm_apicv_accept_irq"].map((name): KernelEvent => ({
    name,
    fields: [u32("apicid"), u16("dm"), u16("tm"), u8("vec")],
    print:
      '"apicid %x vec %u (%s|%s)", REC->apicid, REC->vec, ' +
      `__print_symbolic((REC->dm >> 8 & 0x7), ${MODE_ROWS}), REC->tm ? "level" : "edge"`,
    pattern: /^apicid ([0-9a-f]+) vec (\d+) \((\w+)\|(level|edge)\)$/,
    valuesOf: ([, apic, vector, mode, level]) => [
      ...[hex(apic), modeOf(mode) << 8n, is(level === "level"), decimal(vector)],
    ],
  })),
  {
    name: "irq_handler_entry",
    fields: [s32("irq"), text("name")],
    print: '"irq=%d name=%s", REC->irq, __get_str(name)',
    pattern: /^irq=(\d+) name=(.*)$/,
    valuesOf: ([, irq, name = ""]) => [decimal(irq), name],
  },
  {
    name: "sched_switch",
    fields: [
      ...[comm("prev_comm"), s32("prev_pid"), s32("prev_prio"), u64("prev_state")],
      ...[comm("next_comm"), s32("next_pid"), s32("next_prio")],
    ],
    print:
      '"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> next_comm=%s next_pid=%d next_prio=%d", ' +
      `REC->prev_comm, REC->prev_pid, REC->prev_prio, (REC->prev_state & ${REPORT}) ? ` +
      `__print_flags(REC->prev_state & ${REPORT}, "|", ${STATE_ROWS}) : "R", ` +
      `REC->prev_state & (${REPORT} + 1) ? "+" : "", REC->next_comm, REC->next_pid, REC->next_prio`,
    pattern:
      /^prev_comm=(.*) prev_pid=(\d+) prev_prio=(\d+) prev_state=([A-Zt])(\+)? ==> next_comm=(.*) next_pid=(\d+) next_prio=(\d+)$/,
    valuesOf: ([, prev = "", pid, prio, state = "", plus, next = "", to, toPrio]) => [
      ...[prev, decimal(pid), decimal(prio)],
      (state === "R" ? 0n : 1n << BigInt(STATES.indexOf(state))) |
        (plus === undefined ? 0n : PREEMPTED),
      ...[next, decimal(to), decimal(toPrio)],
    ],
  },
  {
    name: "sched_wakeup",
    fields: [comm("comm"), s32("pid"), s32("prio"), s32("target_cpu")],
    print:
      '"comm=%s pid=%d prio=%d target_cpu=%03d", REC->comm, REC->pid, REC->prio, REC->target_cpu',
    pattern: /^comm=(.*) pid=(\d+) prio=(\d+) target_cpu=(\d+)$/,
    valuesOf: ([, name = "", pid, prio, cpu]) => [name, decimal(pid), decimal(prio), decimal(cpu)],
  },
  {
    name: "kvm_inj_virq",
    fields: [u32("vector"), u8("soft"), u8("reinjected")],
    print:
      '"%s 0x%x%s", REC->soft ? "Soft/INTn" : "IRQ", REC->vector, REC->reinjected ? " [reinjected]" : ""',
    pattern: /^(Soft\/INTn|IRQ) 0x([0-9a-f]+)( \[reinjected\])?$/,
    valuesOf: ([, soft, vector, again]) => [
      hex(vector),
      is(soft !== "IRQ"),
      is(again !== undefined),
    ],
  },
];
