// A recording whose every name is an attack, and what a page looks like in which none of them ran.

import { shippedText } from "./shipped.js";

/** What any of the names would do if it ran. */
const RUN = "globalThis.hit=1";
export const IMAGE = `<img src=x onerror=${RUN}>`;
export const SCRIPT = `</script><script>${RUN}</script>`;
/** Turns what follows around, ends a string, ends a line, rings, and clears a terminal. */
export const MARKS = `\u202e\u2066'"\`&amp;\u0007\u001b[2J`;
const LONG = "W".repeat(10_000);
/** A task's name has 15 bytes. */
export const FORMULA = "=1+cmd|'/c'!A0";

export const NAMES = {
  task: "<img src=x>",
  halted: FORMULA,
  release: `6.17.0-${IMAGE.replaceAll(" ", "/")}`,
  host: `${SCRIPT}${MARKS}`,
  vm: `${IMAGE}${MARKS}${LONG}`,
  file: `${IMAGE}${SCRIPT.replaceAll("/", "\u2215")}${MARKS}.txt`,
  markers: [IMAGE, SCRIPT, `${MARKS}${IMAGE}`, LONG, FORMULA, `javascript:${RUN}`],
};

/** The names in their places of a recording that has findings. */
export function hostileTrace(recording: string, pid: number): Buffer {
  const header = [
    `# irqtwin kernel: ${NAMES.release}`,
    `# irqtwin host: ${NAMES.host}`,
    `# irqtwin vm: pid=${pid} name=${JSON.stringify(NAMES.vm)} fd=12`,
  ];
  let marker = 0;
  const text = shippedText(recording)
    .replaceAll(`piwl-${pid} `, `${NAMES.task}-${pid} `)
    .replace(/^ *vcpu-1\.\d-/gm, `${NAMES.halted}-`)
    .replace(/PI \d+ done/g, (found) => NAMES.markers[marker++ % NAMES.markers.length] ?? found);
  return Buffer.from(`${header.join("\n")}\n${text}`);
}

/** What a page holds that nothing of this project puts there. */
export interface Walk {
  readonly violations: readonly string[];
  readonly hit: unknown;
  /** Elements that no page of this project has. */
  readonly strange: number;
}

/** A page notes what its rules refuse, from its first script on. */
export const WATCH =
  'globalThis.violations = []; addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));';

/** An expression: what ran, as a `Walk`. */
export const WALK = `({
      violations, hit: globalThis.hit,
      strange: document.querySelectorAll("img, iframe, object, embed, [onerror], body script").length,
    })`;

/** An expression: the parts that stand outside of the window. */
export const SPILLED = `(() => {
      const root = document.documentElement;
      const wide = root.scrollWidth > innerWidth || root.scrollHeight > innerHeight;
      const outside = [...document.querySelectorAll("header, footer, main, [role=tabpanel], dialog[open]")]
        .filter((each) => {
          const box = each.getBoundingClientRect();
          return box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1 || box.top < -1;
        });
      return [...(wide ? ["the document"] : []), ...outside.map((each) => each.outerHTML.slice(0, 100))];
    })()`;
