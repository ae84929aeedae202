// The address of the page, from the settings and back to others. Pure: who writes it is parts/address.js.

import { table } from "./given.js";

// The tab of an address that names none.
export const FIRST = "play";

// Servers refuse long addresses: of one beyond this many bytes the longest texts are left out.
const LONGEST = 16_000;

/** @param {unknown} value */
const plain = (value) => (value === Infinity ? "inf" : String(value));

// The address that describes what a page at `href` shows. Until the page is open the address alone knows that, but for the
// tab. `linked` has what each tab that was opened says in it, by name: { score: { text: "…" } }.
/**
 * @param {string} href
 * @param {Pick<State, "settings" | "opened" | "asks" | "tab" | "linked" | "spoken">} state
 */
export function describe(href, { settings, opened, asks, tab, linked, spoken }) {
  const url = new URL(href);
  const own = linked[tab] || {};
  const others = Object.values(linked).flatMap(Object.keys).map((name) => [name, null]);
  for (const [name, value] of Object.entries({ ...Object.fromEntries(others), tab: tab === FIRST ? null : tab, ...own })) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  if (spoken) url.searchParams.set("lang", spoken);
  if (!opened) return url.toString();
  for (const [name, { link }] of /** @type {[SettingName, SettingRange][]} */ (Object.entries(table))) {
    url.searchParams.delete(name);
    if (settings[name] !== "" || name === "prompt") url.searchParams.set(link, plain(settings[name]));
  }
  if (asks) url.searchParams.set(table.model.link, asks);
  const texts = [table.prompt.link, ...Object.keys(own)].map((name) => [name, url.searchParams.get(name) ?? ""]);
  for (const [name] of texts.sort(([, a], [, b]) => b.length - a.length)) {
    if (url.toString().length > LONGEST) url.searchParams.delete(name);
  }
  return legible(url.toString());
}

// What needs no escape in a query, and reads better without one: e:-inf,t:2.5.
/** @param {string} text */
const legible = (text) => text.replace(/([?&](?:bias|picks)=)([^&#]*)/g, (_, name, value) =>
  name + value.replace(/%3A/g, ":").replace(/%2C/g, ","));

// The query of an address for others. What begins with "__" is between the Hub and this page: the theme, or the
// signature that opens a private Space.
/** @param {string} address */
export function query(address) {
  const { searchParams } = new URL(address);
  for (const name of [...searchParams.keys()]) if (name.startsWith("__")) searchParams.delete(name);
  const text = searchParams.toString();
  return text && legible(`?${text}`);
}
