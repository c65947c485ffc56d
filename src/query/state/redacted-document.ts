// The state at a moment with the names that a redacted timeline has for it.

import { type Redaction } from "../../timeline/redact/redaction.js";
import { type AtDocument } from "../document/document.js";

/** The document with names of VMs and pointers in names of entities replaced. */
export function redactedDocument(document: AtDocument, redaction: Redaction): AtDocument {
  const text = JSON.stringify(document, (key, value: unknown) => {
    if (typeof value !== "string") return value;
    if (key === "vm_name") return redaction.name(value);
    return value.replaceAll(
      /kvm@([0-9a-fx]+)/g,
      (_whole, pointer: string) => `kvm@${redaction.pointer(pointer)}`,
    );
  });
  return JSON.parse(text) as AtDocument;
}
