// What the bits of an AMD IRTE, a GA tag and a guest's inhibits mean: no file, no package, no Node is needed.

export {
  decodeIrte,
  encodeIrte,
  irteMode,
  type Irte,
  type IrteMode,
  type PostedIrte,
  type RemappedIrte,
} from "./domain/amd/irte/irte.js";
export { decodeIrte32, encodeIrte32, type Irte32 } from "./domain/amd/irte/irte32.js";
export { decodeGaTag, encodeGaTag, type GaTag } from "./domain/amd/irte/ga-tag.js";
export { type IrteBits } from "./domain/values/bits.js";
