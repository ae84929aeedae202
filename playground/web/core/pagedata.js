// What Python gives the page: the words of every language, the table of settings, the models as [title, name], and
// the prompts suggested for each. Empty until given.js fills it. Pure.

/** @type {Given["words"]} */
export const catalogues = {};
export const table = /** @type {Given["settings"]} */ ({});
/** @type {Given["models"]} */
export const models = [];
/** @type {Given["prompts"]} */
export const prompts = {};

/** @param {Partial<Given>} given */
export function configure(given) {
  Object.assign(catalogues, given.words);
  Object.assign(table, given.settings);
  models.push(...(given.models ?? []));
  Object.assign(prompts, given.prompts);
}
