// A modal dialog.

import { type ComponentChildren, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { dialog } from "../state/places.js";

/** A modal dialog with a name and a way out. */
export function Dialog({
  name,
  children,
  wide = false,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
  readonly wide?: boolean;
}): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  const close = (): void => {
    dialog.value = null;
  };
  return (
    <dialog ref={box} aria-label={name} class={wide ? "wide-dialog" : ""} onClose={close}>
      <div class="dialog-head">
        <h2>{name}</h2>
        <span class="grow" />
        <button class="button icon" aria-label="Close" onClick={() => box.current?.close()}>
          ×
        </button>
      </div>
      {children}
    </dialog>
  );
}
