// The lanes in the order that the reader chose.

import { computed, effect } from "@preact/signals";
import { ask, pathOf } from "../data/client.js";
import { type LaneGroup, type LastChange } from "../pure/answers.js";
import { orderedKinds } from "../pure/kinds.js";
import { inOrder } from "../pure/order.js";
import { ORDERS, type Order } from "../pure/url-state.js";
import { kinds, lanes, state } from "./data.js";
import { latest } from "./latest.js";
import { say } from "./message.js";
import { go, recordingId, url } from "./url.js";

/** The orders in words. */
export const ORDER_TEXT: Readonly<Record<Order, string>> = {
  number: "by number, as recorded",
  name: "by name",
  change: "by last change before T",
};

/** So long T rests before lanes change places: none moves while T is dragged. */
const REST_MS = 250;

const changes = latest(
  ({ id, seq }: { readonly id: number; readonly seq: number }, signal) =>
    ask<readonly LastChange[]>(pathOf(id, "last-changes", { when: `@${seq}` }), signal),
  { patient: true },
);

const seqByLane = computed<ReadonlyMap<string, number>>(
  () => new Map((changes.state.value.value ?? []).map(({ lane, seq }) => [lane, seq ?? 0])),
);

// Only the order of the address counts: lanes are not sorted anew when the view moves.
const order = computed(() => url.value.order);
const groups = computed(() => lanes.state.value.value?.groups ?? []);

/** The groups of lanes in their order. */
export const orderedGroups = computed<readonly LaneGroup[]>(() =>
  inOrder(groups.value, order.value, seqByLane.value, orderedKinds(kinds.value)),
);

/** Why the last changes are not known, in one line; null = they are, or nobody asked. */
export const orderError = computed(() => changes.state.value.error);

/** The event up to which changes count; null = nobody asks. */
const seqOfOrder = computed(() => {
  const document = state.state.value.value;
  const isAsked = url.value.order === "change" && document?.recording_id === recordingId.value;
  return isAsked ? document.seq : null;
});

/** Asks for the last changes where lanes are ordered by them. */
export function followOrder(): void {
  effect(() => {
    const [id, seq] = [recordingId.value, seqOfOrder.value];
    if (id === null || seq === null) {
      changes.ask(null);
      return undefined;
    }
    const isFirst = changes.state.peek().value === null;
    const timer = setTimeout(() => changes.ask({ id, seq }), isFirst ? 0 : REST_MS);
    return () => clearTimeout(timer);
  });
}

/** Chooses an order. */
export function orderBy(order: Order): void {
  go({ order });
}

/** The next order, by key. */
export function nextOrder(): void {
  const place = ORDERS.indexOf(url.peek().order);
  const order = ORDERS[(place + 1) % ORDERS.length] ?? "number";
  orderBy(order);
  say(`Lanes ${ORDER_TEXT[order]}`);
}
