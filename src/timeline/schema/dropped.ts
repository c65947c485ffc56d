// The mark of a recording that is dropped.

/**
 * What stands in the place of an importer in `recording.importer` where the import was stopped or its recording given
 * up: no question finds the recording, and its rows are being removed.
 */
export const DROPPED = "dropped";
