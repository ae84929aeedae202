// The models in the Model box (bundled, and opened from the Hub) and their titles; also the Hub models opened for
// sections of the Shapes tab.

import { models, prompts } from "../core/pagedata.js";
import { words } from "../core/i18n.js";
import { state } from "../core/store.js";

export const SUFFIX = ":characters"; // marks a token model that is asked for characters

/** @param {string} name */
export const known = (name) => models.some(([, other]) => other === name);
/** @param {string} name */
const withoutSuffix = (name) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name);
// The repository and commit of a Hub model, and whether it is asked for characters; else just the name.
/** @param {string} name */
export const parts = (name) => /^(.+)@([0-9a-f]{40})(:characters)?$/.exec(name) || [name, name, "", ""];
/** @param {string} name */
export function short(name) {
  const [, repo, commit, characters] = parts(name);
  return commit ? `${repo}@${commit.slice(0, 7)}${characters ? ` · ${words.by_characters}` : ""}` : name;
}

// The title of a listed model: bundled ones have one per language, and a by-characters model says so.
/** @param {[string, string]} model */
export const titleOf = ([title, name]) => String(words[`title_${name}`] ?? (name.endsWith(SUFFIX) ? `${title} · ${words.by_characters}` : title));

// The title of any model: a listed one's title, else its short name.
/** @param {string} name */
export function called(name) {
  const own = models.find(([, other]) => other === name);
  return own ? titleOf(own) : short(name);
}

// The listed model with this title or name.
/** @param {string} text */
export function listed(text) {
  const wanted = text.trim().toLowerCase();
  const found = models.find((pair) => [...pair, titleOf(pair)].some((one) => one.toLowerCase() === wanted));
  return found ? found[1] : null;
}

// The list entries for a run's model: a token model has one for tokens and one for characters.
/** @param {Run} run */
export const waysOf = ({ model, unit, byCharacters }) => (
  byCharacters || unit === "token" ? [withoutSuffix(model), withoutSuffix(model) + SUFFIX] : [model]);

// Adds a model to the list until the page is closed.
/** @param {string} name @param {Card | null} card */
export function remember(name, card) {
  if (known(name)) return;
  const title = card && card.title;
  const own = title && !parts(name)[1].endsWith(`/${title}`); // not if the repository name already says it
  const called = short(withoutSuffix(name));
  models.push([own ? `${title} · ${called}` : called, name]);
  prompts[name] = (card && card.prompts) || [];
}

// Models opened for sections of the Shapes tab, as [title, name].
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

// The gradio update for the Model box.
export const box = () => ({ __type__: "update", choices: models.map((pair) => [titleOf(pair), pair[1]]), value: state.settings.model });
