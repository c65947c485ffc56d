// What the process that runs a query may take, and how it says that it took more.

/** The memory that the process may take. */
export const MEMORY_BYTES = 1_000_000_000;

/** The signal by which the process ends itself if it takes more. */
export const MEMORY_SIGNAL = "SIGUSR2";
