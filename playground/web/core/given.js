// What Python gives the page, in an element of the head (components.py): the words of every language, the table of the settings, the models
// as [title, name], the prompts that each suggests, and where the files of web/ are.

const element = globalThis.document?.getElementById("given");
/** @type {Given} */
const given = { words: {}, settings: {}, models: [], prompts: {}, web: "", ...JSON.parse(element?.textContent ?? "{}") };

export const { words: catalogues, settings: table, models, prompts, web } = given;
