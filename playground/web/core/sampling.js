// Mirrors playground/sampling/: the same functions in the same order, in float64. Pure arithmetic. The contract is in
// that package's docstring, and one table of cases drives both test suites.

export { chosen, dice, draw, drawOrder, flips, positionOf, standing, temperatureAt } from "./draws.js";
export { distribution, entropy, isBanned, isFolded, rank, ranks, stages } from "./stages.js";
