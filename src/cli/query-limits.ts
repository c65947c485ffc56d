// What the process that runs a query may take, and how it says that it took more.

export const MEMORY_BYTES = 1_000_000_000;

/** It ends itself with this one. */
export const MEMORY_SIGNAL = "SIGUSR2";
