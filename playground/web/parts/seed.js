// A new seed that is short enough to type.

import * as store from "../core/store.js";

export function newSeed() {
  const { seed } = store.state.settings;
  const drawn = Math.floor(Math.random() * 10_000);
  store.set({ seed: drawn === seed ? drawn + 1 : drawn });
}
