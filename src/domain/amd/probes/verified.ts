// What the kernel's type information does not tell: registers of functions that the compiler has specialised, and
// places inside of functions, with the builds on which they were verified by disassembly.

import { type Landmark, type Place, type Prototype } from "./definition.js";

/** Builds of Linux 6.12 to 7.3 in which `__modify_irte_ga.isra.0` is the same code. */
const MODIFY_IRTE_BUILDS = [
  "6.12.107+deb13-amd64",
  "6.12.117+deb13-amd64",
  "6.16.12+deb13-amd64",
  "6.17.13+deb13-amd64",
  "6.18.15+deb13-amd64",
  "6.19.6+deb13-amd64",
  "7.0.13+deb13-amd64",
  "7.1.13+deb13-amd64",
  "7.2.12+deb13-amd64",
  "7.3.4+deb13-amd64",
] as const;

/** Builds of Linux 6.1 that are the same code where the probes are. */
const BUILDS_OF_6_1 = ["6.1.0-50-amd64", "6.1.0-54-amd64"] as const;

/**
 * What it does with its parameters: %si is cut to 16 bits; %cx and %dx are kept; (%cx) and 8(%cx) become the new
 * value; %dx times 16 is the offset in the table; the entry at (%rsi) is exchanged.
 */
const MODIFY_IRTE_CODE: readonly Landmark[] = [
  [0x06, "0fb7f6"],
  [0x10, "4989cc"],
  [0x14, "89d3"],
  [0x2f, "4863f3498b4c2408498b1c2448c1e604490375084889c7488b5608488b06f0480fc70e"],
];

/**
 * The parameters of `__modify_irte_ga`. Its copy `.isra.0` gets `iommu->pci_seg` in the place of `iommu`; the others
 * are where they are declared.
 */
export const IRTE_WRITE_PROTOTYPE: Prototype = {
  of: "__modify_irte_ga",
  parameters: [
    ["iommu's segment", 8],
    ["devid", 2],
    ["index", 4],
    ["irte", "irte_ga"],
  ],
  verified: { builds: MODIFY_IRTE_BUILDS, landmarks: MODIFY_IRTE_CODE },
};

/** The exchange of an entry. */
export const IRTE_CMPXCHG_PLACE: Place = {
  at: "cmpxchg16b",
  known: [
    { builds: MODIFY_IRTE_BUILDS, offset: 77, operand: "si" },
    { builds: BUILDS_OF_6_1, offset: 124, operand: "si" },
  ],
};

/**
 * Behind the direct store of Linux 6.1: %r12 is `ir_data->ref`, the entry's address, and %r14 is the device ID, both
 * read from `ir_data` in %rdx; IsRun is bit 6 of the byte that is stored last.
 */
export const IRTE_STORE_PLACE: Place = {
  at: "landmarks",
  known: [
    {
      builds: BUILDS_OF_6_1,
      landmarks: [
        [0x5c, "4c8b6228"],
        [0x77, "440fb77210"],
        [0x130, "410fb60c2489de83e601c1e60683e1bf09f141880c24e9"],
      ],
      offset: 326,
    },
  ],
};
