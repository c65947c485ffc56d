// The versions of the log: what the events of a recording hold, and what the hash chain seals.

/** The version of the log that an import writes; `recording.log_version` has a column's comment for each. */
export const LOG_VERSION = 5;
