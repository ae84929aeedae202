// What the page knows, in one place: the settings, the run, and the moment that is looked at.
// Components subscribe and draw; controls and the player change it. The address follows the settings.

(() => {
  "use strict";
  const { sampling, runs, settings: table } = window.playground;

  const defaults = Object.fromEntries(Object.entries(table).map(([name, { default: value }]) => [name, value]));
  const state = {
    settings: defaults,
    run: null,
    cursor: 0, // how many steps stand before the place in the text
    shown: 0, // how many steps have been revealed
    peek: null, // the step that is pointed at, if any
    here: false, // whether the cursor was put there by hand, so that writing goes on from it
    branches: [], // runs that were left
    notices: [],
    problem: "",
    busy: false, // whether writing was asked for and is not all here yet
    playing: false,
    pace: 30, // characters a second
    card: null,
  };
  const listeners = new Set();

  function update(patch) {
    Object.assign(state, patch);
    for (const listener of listeners) listener(state, patch);
  }

  const asNumber = (value) => Number(String(value).replace("inf", "Infinity"));

  // Changes settings; what is not a number in its range is passed over (the server says why when asked).
  function set(patch) {
    const valid = Object.entries(patch).filter(([name, value]) => {
      if (!("low" in table[name])) return typeof value === "string";
      return value !== null && value !== "" && !Number.isNaN(asNumber(value));
    });
    const read = valid.map(([name, value]) => [name, "low" in table[name] ? asNumber(value) : value]);
    if (read.every(([name, value]) => Object.is(state.settings[name], value))) return;
    update({ settings: { ...state.settings, ...Object.fromEntries(read) } });
    writeAddress();
  }

  function setTemperature(temperature) {
    if (!(temperature >= 0)) throw new RangeError(`temperature must be a number from 0 to Infinity, but was ${temperature}.`);
    set({ temperature });
  }

  // The address describes the page. Browsers allow few changes a second, so it follows after a pause.
  let waiting = 0;
  function writeAddress() {
    clearTimeout(waiting);
    waiting = setTimeout(() => history.replaceState(history.state, "", address()), 250);
  }

  // Servers refuse long addresses: a prompt beyond this many bytes is left out of it.
  const LONGEST = 16_000;

  function address() {
    const url = new URL(location.href);
    for (const [name, { link }] of Object.entries(table)) {
      url.searchParams.delete(name);
      url.searchParams.set(link, plain(state.settings[name]));
    }
    if (url.toString().length > LONGEST) url.searchParams.delete(table.prompt.link);
    return url.toString();
  }

  const plain = (value) => (value === Infinity ? "inf" : String(value));

  // Settings as the server reads them.
  const asked = () => Object.fromEntries(Object.entries(state.settings).map(([k, v]) => [k, v === Infinity ? "inf" : v]));

  // The moment that is shown: what is pointed at, else the cursor. Its u is the one that was thrown there, or at
  // the cursor of a run that rests, the one that writing on would throw.
  function moment() {
    const { run, peek, cursor, shown, playing, settings } = state;
    if (!run) return null;
    const at = Math.min(peek ?? cursor, run.steps.length);
    const logits = runs.logitsAt(run, at);
    if (!logits) return null;
    const step = run.steps[at] || null;
    const number = at - run.prompted;
    const thrown = step && (peek !== null || playing);
    const u = thrown ? step.u : sampling.dice(settings.seed, Math.max(0, number));
    // What came is told only of what was revealed: the rest is still to be thrown.
    return { at, number, logits, u, came: at < shown ? step : null, symbols: run.symbols };
  }

  // Which character the u of this moment gives at each temperature; kept until the moment or the truncation changes.
  let flipped = { key: "", logits: null, flips: [] };
  function flips({ logits, u }) {
    const { topK, topP, minP } = truncation();
    const key = `${u} ${topK} ${topP} ${minP}`;
    if (flipped.logits !== logits || flipped.key !== key) {
      flipped = { key, logits, flips: sampling.flips(logits, u, { topK, topP, minP }) };
    }
    return flipped.flips;
  }

  const truncation = () => {
    const { temperature, top_k: topK, top_p: topP, min_p: minP } = state.settings;
    return { temperature, topK, topP, minP };
  };

  window.playground.store = {
    state, update, set, address, asked, moment, flips, truncation,
    subscribe: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
  };
  window.playground.setTemperature = setTemperature;
})();
