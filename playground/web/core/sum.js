// How a bar comes by its height, as rows of a name and a number: of one symbol the whole sum, from the logit to the
// probability; of a character that many tokens begin with, what each of them adds. Pure.

import * as format from "./format.js";
import { words } from "./i18n.js";
import * as groups from "./groups.js";
import { isBanned } from "./sampling.js";

const MEMBERS = 8; // so many tokens are told one by one
const figure = (/** @type {number} */ x) => (x >= 1e-3 ? x.toFixed(4) : x.toExponential(2));

/** @type {(distribution: Distribution, group: Group) => { rows: string[][], remark: string }} */
export const sum = (distribution, group) => (group.first ? ofMany(distribution, group) : ofOne(distribution, group.places[0]));

/** @param {Distribution} distribution @param {number} place */
function ofOne({ row, drawn: { probabilities, left, sum: total }, whole, truncated, settings: { temperature } }, place) {
  const cut = truncated && left[place] === 0;
  const banned = isBanned(row, place);
  const gap = row.bent[place] - row.bent[row.order[0]];
  const rows = [[words.sum_logit, row.ranked[place].toFixed(3)]];
  if (row.bent[place] !== row.ranked[place]) rows.push([words.sum_bias, format.bias(row.bent[place] - row.ranked[place])]);
  if (!banned && temperature > 0 && temperature < Infinity) {
    rows.push([words.sum_minus, gap.toFixed(3)], [words.sum_divide, (gap / temperature).toFixed(3)], [words.sum_exp, figure(Math.exp(gap / temperature))]);
    if (!cut) rows.push([words.sum_total, figure(total)]);
  }
  rows.push([words.sum_equals, cut ? `0 (${format.percent(whole[place])})` : format.percent(probabilities[place])]);
  const remark = banned ? words.sum_banned : temperature === 0 ? words.sum_greedy : temperature === Infinity ? words.sum_uniform : cut ? words.sum_cut : "";
  return { rows, remark };
}

/** @param {Distribution} distribution @param {Group} group */
function ofMany(distribution, group) {
  if (distribution.summed) {
    const p = groups.mass(group, distribution.drawn.probabilities);
    return { rows: [[words.sum_equals, format.percent(p)]], remark: words.characters_remark };
  }
  const all = groups.members(group, distribution);
  const rows = all.slice(0, MEMBERS).map(([name, p]) => [name, format.percent(p)]);
  const remaining = all.slice(MEMBERS).reduce((total, [, p]) => total + p, 0);
  if (all.length > MEMBERS) rows.push([format.say("tokens_more", { n: all.length - MEMBERS }), format.percent(remaining)]);
  rows.push([words.sum_equals, format.percent(groups.mass(group, distribution.drawn.probabilities))]);
  return { rows, remark: words.first_remark };
}
