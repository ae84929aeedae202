// The whole sum of one character, from its logit to its probability, as rows of a name and a number. Pure.

(() => {
  "use strict";
  const { format, words } = window.playground;
  const figure = (x) => (x >= 1e-3 ? x.toFixed(4) : x.toExponential(2));

  // now: a ranked row, what is drawn from, the probabilities before truncation (`whole`), the settings.
  function sum({ row, drawn: { probabilities, left, sum: total }, whole, settings: { temperature } }, place) {
    const cut = left[place] === 0;
    const gap = row.ranked[place] - row.ranked[0];
    const rows = [[words.sum_logit, row.ranked[place].toFixed(3)]];
    if (temperature > 0 && temperature < Infinity) {
      rows.push([words.sum_minus, gap.toFixed(3)], [words.sum_divide, (gap / temperature).toFixed(3)], [words.sum_exp, figure(Math.exp(gap / temperature))]);
      if (!cut) rows.push([words.sum_total, figure(total)]);
    }
    rows.push([words.sum_equals, cut ? `0 (${format.percent(whole[place])})` : format.percent(probabilities[place])]);
    const remark = temperature === 0 ? words.sum_greedy : temperature === Infinity ? words.sum_uniform : cut ? words.sum_cut : "";
    return { rows, remark };
  }

  window.playground.sum = sum;
})();
