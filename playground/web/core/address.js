// The address of the page, from the settings and back to others. Pure: who writes it is parts/address.js.

import { table } from "./given.js";

// Servers refuse long addresses: a prompt beyond this many bytes is left out of it.
const LONGEST = 16_000;

/** @param {unknown} value */
const plain = (value) => (value === Infinity ? "inf" : String(value));

// The address that describes what a page at `href` shows. Until the page is open the address alone knows that.
/** @param {string} href @param {{ settings: Settings, opened: boolean, asks: string }} state */
export function describe(href, { settings, opened, asks }) {
  const url = new URL(href);
  if (!opened) return url.toString();
  for (const [name, { link }] of /** @type {[SettingName, SettingRange][]} */ (Object.entries(table))) {
    url.searchParams.delete(name);
    if (settings[name] !== "" || name === "prompt") url.searchParams.set(link, plain(settings[name]));
  }
  if (asks) url.searchParams.set(table.model.link, asks);
  if (url.toString().length > LONGEST) url.searchParams.delete(table.prompt.link);
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
