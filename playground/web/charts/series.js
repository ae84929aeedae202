// Line colours and dashes for models, as in models.css. SVG files use the light theme's.

const SERIES = ["#0b62c4", "#c2410c", "#0f766e", "#7c3aed", "#b4235f", "#4d7c0f", "#57534e", "#92610a"];
export const DASHES = ["", "8 4", "2 4", "12 3 2 3", "5 5", "14 4", "1 3", "6 2 2 2"];
const YARDSTICK = "#8a8d96";
/** @param {number} series from 1, or 0 for a yardstick */
export const colourOf = (series) => (series ? SERIES[(series - 1) % SERIES.length] : YARDSTICK);
/** @param {number} series */
export const dashOf = (series) => (series ? DASHES[(series - 1) % DASHES.length] : "3 3");
