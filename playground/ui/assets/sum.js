// The whole sum of one character, from its logit to its probability, as rows of a name and a number. Pure.

(() => {
  "use strict";
  const { format, words } = window.playground;
  const figure = (x) => (x >= 1e-3 ? x.toFixed(4) : x.toExponential(2));

  // drawn: a ranked row, its probabilities, those before truncation (`whole`), how many were kept, the settings.
  function sum({ row, probabilities, whole, kept, settings: { temperature } }, place) {
    const cut = place >= kept;
    const gap = row.ranked[place] - row.ranked[0];
    const rows = [[words.sum_logit, row.ranked[place].toFixed(3)]];
    if (temperature > 0 && temperature < Infinity) {
      const weight = (i) => Math.exp((row.ranked[i] - row.ranked[0]) / temperature);
      rows.push([words.sum_minus, gap.toFixed(3)], [words.sum_divide, (gap / temperature).toFixed(3)], [words.sum_exp, figure(weight(place))]);
      let total = 0;
      for (let i = 0; i < kept; i++) total += weight(i);
      if (!cut) rows.push([words.sum_total, figure(total)]);
    }
    rows.push([words.sum_equals, cut ? `0 (${format.percent(whole[place])})` : format.percent(probabilities[place])]);
    const remark = temperature === 0 ? words.sum_greedy : temperature === Infinity ? words.sum_uniform : cut ? words.sum_cut : "";
    return { rows, remark };
  }

  window.playground.sum = sum;
})();
