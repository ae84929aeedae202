// The models of the Model box: the bundled ones, and those of the Hub that were opened since; what each is called. And those of the
// Hub that the sections of the Shapes tab can ask.

import { models, prompts } from "../core/given.js";
import { words } from "../core/i18n.js";
import { state } from "../core/store.js";

export const SUFFIX = ":characters"; // of the name of a model of tokens that is asked for characters

/** @param {string} name */
export const known = (name) => models.some(([, other]) => other === name);
/** @param {string} name */
const withoutSuffix = (name) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name);
// The repository and the commit of a model of the Hub, and whether it is asked for characters; else the name alone.
/** @param {string} name */
export const parts = (name) => /^(.+)@([0-9a-f]{40})(:characters)?$/.exec(name) || [name, name, "", ""];
/** @param {string} name */
export function short(name) {
  const [, repo, commit, characters] = parts(name);
  return commit ? `${repo}@${commit.slice(0, 7)}${characters ? ` · ${words.by_characters}` : ""}` : name;
}

// What a model of the list is called: the bundled ones have a title in each language, and one that is asked for characters says so.
/** @param {[string, string]} model */
export const titleOf = ([title, name]) => String(words[`title_${name}`] ?? (name.endsWith(SUFFIX) ? `${title} · ${words.by_characters}` : title));

// What the page calls a model: one of the list by its title, another by its short name.
/** @param {string} name */
export function called(name) {
  const own = models.find(([, other]) => other === name);
  return own ? titleOf(own) : short(name);
}

// The model of the list that a text means, by its title or its name.
/** @param {string} text */
export function listed(text) {
  const wanted = text.trim().toLowerCase();
  const found = models.find((pair) => [...pair, titleOf(pair)].some((one) => one.toLowerCase() === wanted));
  return found ? found[1] : null;
}

// The names by which the list has the model of a run: one of tokens can be asked for tokens and for characters.
/** @param {Run} run */
export const waysOf = ({ model, unit, byCharacters }) => (
  byCharacters || unit === "token" ? [withoutSuffix(model), withoutSuffix(model) + SUFFIX] : [model]);

// Another model for the list, from now until the page is closed.
/** @param {string} name @param {Card | null} card */
export function remember(name, card) {
  if (known(name)) return;
  const title = card && card.title;
  const own = title && !parts(name)[1].endsWith(`/${title}`); // the repository's name says it already
  const called = short(withoutSuffix(name));
  models.push([own ? `${title} · ${called}` : called, name]);
  prompts[name] = (card && card.prompts) || [];
}

// Models that were opened for sections of the Shapes tab since the page was, as [title, name].
/** @type {Record<Task, [string, string][]>} */
const tasks = { language: [], translation: [], classifier: [], masked: [] };

/** @param {Task} task */
export const openedFor = (task) => tasks[task];

/** @param {Task} task @param {string} name @param {Card | undefined} card */
export function rememberFor(task, name, card) {
  if (tasks[task].some(([, other]) => other === name)) return;
  tasks[task].push([card?.title || short(name), name]);
  prompts[name] ??= card?.prompts ?? [];
}

// What the Model box is to hold.
export const box = () => ({ __type__: "update", choices: models.map((pair) => [titleOf(pair), pair[1]]), value: state.settings.model });
