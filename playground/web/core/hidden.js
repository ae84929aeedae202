// `hide=seed,share` in a link: controls that a lesson, or a site that embeds the page, leaves out. css/hide.css has a rule
// for each name, and README.md says what it hides.

export const NAMES = [
  "header", "tabs", "model", "about", "notches", "figures", "bend", "versions", "share",
  "settings", "truncation", "length", "stop", "seed", "chart",
];

// The names in a link's `hide=`, each once: those to hide, and unknown ones.
/** @param {string | null} param */
export function read(param) {
  const names = [...new Set((param ?? "").split(",").map((name) => name.trim()).filter(Boolean))];
  return { hidden: names.filter((name) => NAMES.includes(name)), unknown: names.filter((name) => !NAMES.includes(name)) };
}
