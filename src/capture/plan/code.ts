// What the bytes of a function tell: whether it is code that was looked at, and where an instruction stands.

import { type Landmark } from "../../domain/amd/probes/definition.js";

/** Reads the code of functions; null = it is not at hand. */
export type CodeOf = (symbol: string) => Uint8Array | null;

/** Has the code all of the landmarks? */
export function hasLandmarks(code: Uint8Array, landmarks: readonly Landmark[]): boolean {
  return landmarks.every(([offset, bytes]) => hexOf(code, offset, bytes.length / 2) === bytes);
}

function hexOf(code: Uint8Array, offset: number, length: number): string {
  return Array.from(code.subarray(offset, offset + length), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** An instruction that was found in a function. */
export interface FoundInstruction {
  /** Of its first byte, from the start of the function. */
  readonly offset: number;
  /** The register that holds the address of its operand, as kprobes name it. */
  readonly operand: string;
}

/** The 64-bit registers by their numbers in an instruction, as kprobes name them. */
const REGISTERS = [
  ...["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"],
  ...["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"],
];

/** LOCK, and what the kernel puts in its place on a machine with one CPU (a DS prefix, which does nothing). */
const LOCK: readonly (number | undefined)[] = [0xf0, 0x3e];

/**
 * The only `lock cmpxchg16b` of a function (AMD64 manual, volume 3: F0, REX.W, 0F C7 /1), or why there is none. Its
 * operand must be `(%reg)`: kprobes cannot add a displacement without fetching what is there. A match inside of another
 * instruction does no harm: the kernel refuses a probe that is not at an instruction's start.
 */
export function findCmpxchg16b(code: Uint8Array): FoundInstruction | string {
  const found: number[] = [];
  for (let at = 0; at + 5 <= code.length; at++) if (isCmpxchg16b(code, at)) found.push(at);
  const [offset] = found;
  if (offset === undefined) return "its code has no cmpxchg16b";
  if (found.length > 1)
    return `its code has ${String(found.length)} cmpxchg16b: which one is not known`;
  const [rex = 0, operands = 0] = [code[offset + 1], code[offset + 4]];
  const register = operands & 7;
  // The numbers 4 and 5 stand for an index and for an address that is relative to the instruction.
  if (operands >> 6 !== 0 || register === 4 || register === 5)
    return "the operand of its cmpxchg16b is not a plain register";
  return { offset, operand: REGISTERS[register + (rex & 1) * 8] ?? "" };
}

function isCmpxchg16b(code: Uint8Array, at: number): boolean {
  const [lock, rex = 0, escape, opcode, operands = 0] = code.subarray(at, at + 5);
  return (
    LOCK.includes(lock) &&
    (rex & 0xf8) === 0x48 &&
    escape === 0x0f &&
    opcode === 0xc7 &&
    ((operands >> 3) & 7) === 1 &&
    operands >> 6 !== 3
  );
}
