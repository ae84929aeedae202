// Explains a bar's height as rows of a name and a number: for one symbol, the computation from logit to probability;
// for a character that several tokens begin with, what each of them adds. Pure.

import * as format from "./format.js";
import { words } from "./i18n.js";
import * as groups from "./groups.js";
import { isBanned } from "./sampling.js";

const MAX_MEMBERS = 8; // tokens listed individually
const formatNumber = (/** @type {number} */ x) => (x >= 1e-3 ? x.toFixed(4) : x.toExponential(2));

/** @type {(distribution: Distribution, group: Group) => { rows: string[][], remark: string }} */
export const explainHeight = (distribution, group) => (group.first ? explainGroup(distribution, group) : explainSymbol(distribution, group.places[0]));

/** @param {Distribution} distribution @param {number} place */
function explainSymbol({ row, drawn: { probabilities, left, sum: total }, whole, truncated, settings: { temperature } }, place) {
  const isCut = truncated && left[place] === 0;
  const banned = isBanned(row, place);
  const gap = row.bent[place] - row.bent[row.order[0]];
  const rows = [[words.sum_logit, row.ranked[place].toFixed(3)]];
  if (row.bent[place] !== row.ranked[place]) rows.push([words.sum_bias, format.bias(row.bent[place] - row.ranked[place])]);
  if (!banned && temperature > 0 && temperature < Infinity) {
    rows.push([words.sum_minus, gap.toFixed(3)], [words.sum_divide, (gap / temperature).toFixed(3)], [words.sum_exp, formatNumber(Math.exp(gap / temperature))]);
    if (!isCut) rows.push([words.sum_total, formatNumber(total)]);
  }
  rows.push([words.sum_equals, isCut ? `0 (${format.percent(whole[place])})` : format.percent(probabilities[place])]);
  const remark = banned ? words.sum_banned : temperature === 0 ? words.sum_greedy : temperature === Infinity ? words.sum_uniform : isCut ? words.sum_cut : "";
  return { rows, remark };
}

/** @param {Distribution} distribution @param {Group} group */
function explainGroup(distribution, group) {
  if (distribution.summed) {
    const p = groups.mass(group, distribution.drawn.probabilities);
    return { rows: [[words.sum_equals, format.percent(p)]], remark: words.characters_remark };
  }
  const members = groups.members(group, distribution);
  const rows = members.slice(0, MAX_MEMBERS).map(([name, p]) => [name, format.percent(p)]);
  const remaining = members.slice(MAX_MEMBERS).reduce((total, [, p]) => total + p, 0);
  if (members.length > MAX_MEMBERS) rows.push([format.say("tokens_more", { n: members.length - MAX_MEMBERS }), format.percent(remaining)]);
  rows.push([words.sum_equals, format.percent(groups.mass(group, distribution.drawn.probabilities))]);
  return { rows, remark: words.first_remark };
}
