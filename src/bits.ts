// What the bits of an AMD IRTE and a GA tag mean, with the releases that pack a tag otherwise: no file, no package, no
// Node is needed.

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
export {
  RULES,
  rulesOfRelease,
  type Rules,
  type RulesId,
  type TagPacking,
} from "./domain/amd/releases/releases.js";
