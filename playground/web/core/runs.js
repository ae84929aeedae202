// A run with all that is known of it, under one name: its record (run.js), its cells and its text.

export { whole } from "./bytes.js";
export * from "./cells.js";
export * from "./run.js";
export * from "./writing.js";
