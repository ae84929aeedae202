// The twin of playground/sampling/: the same functions, in the same order, in float64.
// Pure arithmetic; it knows no page. The contract is written in that package's docstring,
// and one table of cases drives the tests of both.

export { chosen, dice, draw, flips, positionOf, standing, temperatureAt } from "./draws.js";
export { distribution, entropy, isBanned, isFolded, rank, ranks, stages } from "./stages.js";
