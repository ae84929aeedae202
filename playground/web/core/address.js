// Builds the page's URL from its state, and the query of a link to share. Pure: parts/address.js writes the URL.

import * as hidden from "./hidden.js";
import { table } from "./pagedata.js";

// The tab of a URL that names none.
export const FIRST = "play";

// Servers refuse long URLs: beyond this many bytes, the longest texts are left out.
const MAX_LENGTH = 16_000;

/** @param {unknown} value */
const serialize = (value) => (value === Infinity ? "inf" : String(value));

// The URL that describes what a page at `href` shows. Until the page is open, only the URL itself has its settings, so
// they are left alone. `linked` has each opened tab's parameters, by the tab's name: { score: { text: "…" } }.
/**
 * @param {string} href
 * @param {Pick<State, "settings" | "opened" | "asks" | "tab" | "linked" | "spoken">} state
 */
export function describe(href, { settings, opened, asks, tab, linked, spoken }) {
  const url = new URL(href);
  const ownParams = linked[tab] || {};
  const cleared = Object.values(linked).flatMap(Object.keys).map((name) => [name, null]);
  for (const [name, value] of Object.entries({ ...Object.fromEntries(cleared), tab: tab === FIRST ? null : tab, ...ownParams })) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (spoken) url.searchParams.set("lang", spoken);
  if (!opened) return url.toString();
  for (const [name, { link }] of /** @type {[SettingName, SettingRange][]} */ (Object.entries(table))) {
    url.searchParams.delete(name);
    if (settings[name] !== "" || name === "prompt") url.searchParams.set(link, serialize(settings[name]));
  }
  const { hidden: hiddenNames } = hidden.read(url.searchParams.get("hide"));
  if (hiddenNames.length) url.searchParams.set("hide", hiddenNames.join(","));
  else url.searchParams.delete("hide");
  if (asks) url.searchParams.set(table.model.link, asks);
  const texts = [table.prompt.link, ...Object.keys(ownParams)].map((name) => [name, url.searchParams.get(name) ?? ""]);
  for (const [name] of texts.sort(([, a], [, b]) => b.length - a.length)) {
    if (url.toString().length > MAX_LENGTH) url.searchParams.delete(name);
  }
  return unescapePunctuation(url.toString());
}

// Restores characters that need no escape in a query and read better without one: e:-inf,t:2.5.
/** @param {string} text */
const unescapePunctuation = (text) => text.replace(/([?&](?:bias|picks|hide)=)([^&#]*)/g, (_, name, value) =>
  name + value.replace(/%3A/g, ":").replace(/%2C/g, ","));

// The query of a link to share. Parameters that begin with "__" are between the Hub and this page: the theme, or the
// signature that opens a private Space.
/** @param {string} address */
export function query(address) {
  const { searchParams } = new URL(address);
  for (const name of [...searchParams.keys()]) if (name.startsWith("__")) searchParams.delete(name);
  const text = searchParams.toString();
  return text && unescapePunctuation(`?${text}`);
}
