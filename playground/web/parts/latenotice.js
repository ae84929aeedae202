// The notice that the server cannot keep up with the slider (rewriting.js).

import { words } from "../core/i18n.js";
import { state, update } from "../core/store.js";

const isShown = () => state.notices.includes(words.rewriting_late);

export function show() {
  if (!isShown()) update({ notices: [...state.notices, words.rewriting_late] });
}

export function hide() {
  if (isShown()) update({ notices: state.notices.filter((notice) => notice !== words.rewriting_late) });
}
