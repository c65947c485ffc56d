// Where the system forces its colours there are two of them, so that states are told by their shapes alone.

import { describe, expect, it } from "vitest";
import { forcedColour } from "../../../../src/serve/page/paint/forced.js";
import { PAINTS, type Paint } from "../../../../src/serve/page/paint/paints.js";

/** What is seen of a paint without colours; undefined = it is not painted. */
function shapeOf(paint: Paint | undefined): string | undefined {
  if (paint === undefined || paint.form === "nothing") return undefined;
  const isFilled = forcedColour(paint.fill) !== "Canvas";
  if (paint.form !== "bar") return paint.form;
  return [isFilled ? "filled" : "empty", paint.mark, paint.pattern, paint.height].join(" ");
}

/** The same without the height: what is wrong must not differ from what is right by it alone. */
const formOf = (paint: Paint | undefined): string => shapeOf(paint)?.replace(/ [\d.]+$/, "") ?? "";

describe.each(Object.entries(PAINTS))(
  "states of lanes of the form %s in forced colours",
  (_form, of) => {
    const paints = Object.values(of ?? {});

    it("have different shapes", () => {
      const shapes = paints.map(shapeOf).filter((shape) => shape !== undefined);
      expect(new Set(shapes).size).toBe(shapes.length);
    });

    it("differ by more than their height where one is wrong", () => {
      const wrong = paints.filter((paint) => paint?.layer === 2).map(formOf);
      const right = paints.filter((paint) => paint?.layer !== 2).map(formOf);
      for (const each of wrong) expect(right).not.toContain(each);
    });

    it("have patterns that are seen on what they are drawn on", () => {
      for (const paint of paints)
        if (paint?.pattern != null)
          expect(forcedColour(paint.edge ?? "bg")).not.toBe(forcedColour(paint.fill));
    });
  },
);
