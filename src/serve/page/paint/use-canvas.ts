// Canvases that follow their element's size and the data that they show.

import { effect, signal, type Signal } from "@preact/signals";
import { type RefObject } from "preact";
import { useEffect, useMemo } from "preact/hooks";

/** The size of an element in CSS pixels, and the device pixels in one of them. */
export interface Size {
  /** Its width. */
  readonly width: number;
  /** Its height. */
  readonly height: number;
  /** Device pixels in a CSS pixel. */
  readonly ratio: number;
}

/** Follows the size of an element. */
export function useSize(box: RefObject<HTMLElement | null>): Signal<Size> {
  const size = useMemo(() => signal<Size>({ width: 0, height: 0, ratio: 1 }), []);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      size.value = { width, height, ratio: devicePixelRatio };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [box, size]);
  return size;
}

/** Paints in the next frame whenever a signal changes that `prepare` reads; it returns what paints. */
export function usePainted(prepare: () => () => void): void {
  useEffect(() => {
    let frame = 0;
    let paint = (): void => undefined;
    const stop = effect(() => {
      paint = prepare();
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        paint();
      });
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, []);
}
