// Everything about runs under one name: the run (run.js), its cells and its text.

export { whole } from "./bytes.js";
export * from "./cells.js";
export * from "./run.js";
export * from "./writing.js";
