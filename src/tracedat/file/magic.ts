// How a trace.dat begins.

/** What every trace.dat begins with. Source: trace-cmd.dat.v7.5.txt of trace-cmd. */
export const MAGIC = Buffer.from("17084474726163696e67", "hex");
