// What Python gives the page, in an element of the head (components.py): the words of every language, the table of the settings, the models
// as [title, name], and the prompts that each suggests.

const element = globalThis.document?.getElementById("given");
/** @type {Given} */
const given = { words: {}, settings: {}, models: [], prompts: {}, ...JSON.parse(element?.textContent ?? "{}") };

export const { words: catalogues, settings: table, models, prompts } = given;
