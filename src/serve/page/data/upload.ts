// Sends a file, and reads what the server tells of it. Browsers hand out the answer to `fetch` only once the whole body has
// gone up, and do not tell how far it is: XMLHttpRequest does.

import { gone, refusalOf } from "./client.js";

/** A server-sent event. */
export interface ServerEvent {
  /** Its name. */
  readonly event: string;
  /** What it says. */
  readonly data: unknown;
}

/** What is sent, and who is told how far it is. */
export interface Upload {
  /** The file. */
  readonly file: File;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** Is told how many bytes have gone up. */
  readonly onSent: (bytes: number) => void;
  /** Is told the last event that came: those of the time in which the file went up come together. */
  readonly onEvent: (event: ServerEvent) => void;
}

/** Sends a file with POST. The last event that is told of it; null = none. Throws ApiError, and what `signal` is aborted with. */
export function upload(path: string, told: Upload): Promise<ServerEvent | null> {
  const { file, signal, onSent } = told;
  const request = new XMLHttpRequest();
  request.open("POST", path);
  request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.onprogress = ({ loaded }) => onSent(loaded);
  const end = answerOf(request, told);
  signal.addEventListener("abort", () => request.abort(), { once: true });
  request.send(file);
  return end;
}

function answerOf(
  request: XMLHttpRequest,
  { signal, onEvent }: Upload,
): Promise<ServerEvent | null> {
  const isGranted = (): boolean => request.status === 200;
  const reader = new EventReader();
  let last: ServerEvent | null = null;
  const read = (): void => {
    const event = isGranted() ? reader.last(request.responseText) : null;
    if (event === null) return;
    last = event;
    onEvent(event);
  };
  request.onprogress = read;
  return new Promise((resolve, reject) => {
    request.onload = () => {
      read();
      if (isGranted()) resolve(last);
      else reject(refusalOf(request.status, request.responseText));
    };
    request.onerror = () => reject(gone());
    request.onabort = () => reject(signal.reason as Error);
  });
}

/** Reads server-sent events of a text that grows. */
class EventReader {
  private place = 0;

  /** The last event that is whole now and was not before; null = none. */
  last(text: string): ServerEvent | null {
    const end = text.lastIndexOf("\n\n");
    if (end <= this.place) return null;
    const told = text.slice(this.place, end).split("\n\n");
    this.place = end + 2;
    const wanted = told.findLast((each) => each.startsWith("event: "));
    return wanted === undefined ? null : eventOf(wanted);
  }
}

function eventOf(text: string): ServerEvent {
  const [, event = "", data = "null"] = /^event: (.*)\ndata: (.*)$/m.exec(text) ?? [];
  return { event, data: JSON.parse(data) };
}
