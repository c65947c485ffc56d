// What has the focus of a page, and whether it is to be seen.

/** More stops of the Tab key than the page has. */
export const STOPS_MOST = 150;

/** What has the focus. */
export interface Focused {
  readonly name: string;
  readonly role: string;
  /** It has an outline, or the field around it has. */
  readonly marked: boolean;
  /** Its middle is in the window. */
  readonly seen: boolean;
}

/** An expression: what has the focus, as `Focused`. */
export const FOCUSED = `(() => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  const lines = [at, at.parentElement, at.closest(".cm-editor"), at.querySelector("canvas, svg, .thumb")];
  const isMarked = (each) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    return (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
  };
  const x = box.left + box.width / 2, y = box.top + Math.min(box.height, innerHeight) / 2;
  const labels = at.labels?.[0]?.textContent;
  return {
    name: (at.getAttribute("aria-label") ?? labels ?? at.textContent ?? "").trim().replace(/\\s+/g, " ").slice(0, 60),
    role: at.getAttribute("role") ?? at.localName,
    marked: lines.some((each) => each != null && isMarked(each)),
    seen: x >= 0 && x <= innerWidth && y >= 0 && y <= innerHeight,
  };
})()`;
