// The edges between the parts, which a reader can drag, or move by the arrows.

import { type Signal } from "@preact/signals";
import { type JSX } from "preact";
import { bound, type Keys } from "../state/key-tables.js";
import { gutterWidth, inspectorWidth, tabsHeight } from "../state/places.js";

/** The edge right of the lanes' names. */
export function GutterEdge(): JSX.Element {
  return (
    <Edge
      name="Width of the names"
      place="edge-gutter"
      of={gutterWidth}
      axis="x"
      sign={1}
      least={160}
      most={360}
    />
  );
}

/** The edge left of the inspector. */
export function InspectorEdge(): JSX.Element {
  return (
    <Edge
      name="Width of the inspector"
      place="edge-inspector"
      of={inspectorWidth}
      axis="x"
      sign={-1}
      least={320}
      most={560}
    />
  );
}

/** The edge above the tabs. */
export function TabsEdge(): JSX.Element {
  return (
    <Edge
      name="Height of the tabs"
      place="edge-tabs"
      of={tabsHeight}
      axis="y"
      sign={-1}
      least={96}
      most={560}
    />
  );
}

/** The keys of an edge. */
export function edgeKeys(move: (step: number) => void): readonly Keys[] {
  const [back, on] = [(): void => move(-16), (): void => move(16)];
  return [
    {
      does: "move the edge",
      acts: { ArrowLeft: back, ArrowRight: on, ArrowUp: back, ArrowDown: on },
    },
  ];
}

interface EdgeProps {
  readonly name: string;
  readonly place: string;
  readonly of: Signal<number>;
  readonly axis: "x" | "y";
  readonly sign: 1 | -1;
  readonly least: number;
  readonly most: number;
}

function Edge({ name, place, of, axis, sign, least, most }: EdgeProps): JSX.Element {
  const set = (value: number): void => {
    of.value = Math.round(Math.min(most, Math.max(least, value)));
  };
  const down = (event: PointerEvent): void => {
    const target = event.currentTarget as HTMLElement;
    target.setPointerCapture(event.pointerId);
    const [start, before] = [axis === "x" ? event.clientX : event.clientY, of.peek()];
    const move = (next: PointerEvent): void =>
      set(before + sign * ((axis === "x" ? next.clientX : next.clientY) - start));
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", () => target.removeEventListener("pointermove", move), {
      once: true,
    });
  };
  const keys = bound(edgeKeys((step) => set(of.peek() + sign * step)));
  return (
    <div
      class={`edge ${place}`}
      role="separator"
      tabIndex={0}
      aria-label={name}
      aria-orientation={axis === "x" ? "vertical" : "horizontal"}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={of.value}
      onPointerDown={down}
      onKeyDown={keys}
    />
  );
}
