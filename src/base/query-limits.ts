// What one query of a user may take, on the command line and in the library, unless he says otherwise.

/** So many rows. */
export const ROWS_DEFAULT = 10_000;

/** So many seconds. */
export const SECONDS_DEFAULT = 30;

/** What a timer can wait, in whole seconds: 2^31 - 1 ms, about 24 days. */
export const SECONDS_MAX = 2_147_483;

/** So many megabytes (10^6 bytes) of values. */
export const MEGABYTES_DEFAULT = 64;

/** The memory that the process of a query may take, in bytes. */
export const MEMORY_BYTES = 1_000_000_000;

/** The signal by which that process ends itself if it takes more. */
export const MEMORY_SIGNAL = "SIGUSR2";
