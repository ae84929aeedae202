// What the page knows, in one place: the settings, the run, and the moment that is looked at.
// Components subscribe and draw; controls and the player change it. The address follows the settings.

(() => {
  "use strict";
  const { sampling, runs, settings: table, words } = window.playground;
  const READ_ALOUD = { " ": "space", "\n": "newline", "\t": "tab" };
  const SEEN = { " ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍", "\u00a0": "⍽" };

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
    busy: false,
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

  function address() {
    const url = new URL(location.href);
    for (const [name, { link }] of Object.entries(table)) {
      url.searchParams.delete(name);
      url.searchParams.set(link, plain(state.settings[name]));
    }
    return url.toString();
  }

  const plain = (value) => (value === Infinity ? "inf" : String(value));

  // Settings as the server reads them.
  const asked = () => Object.fromEntries(Object.entries(state.settings).map(([k, v]) => [k, v === Infinity ? "inf" : v]));

  // The moment that is shown: what is pointed at, else the cursor.
  function moment() {
    const { run, peek, cursor, settings } = state;
    if (!run) return null;
    const at = Math.min(peek ?? cursor, run.steps.length);
    const logits = runs.logitsAt(run, at);
    if (!logits) return null;
    const step = run.steps[at] || null;
    const number = at - run.prompted;
    const u = step ? step.u : sampling.dice(settings.seed, number);
    // What already came is told only of what was revealed: the rest is still to be thrown.
    return { at, number, logits, u, came: at < state.shown ? step : null, symbols: run.symbols };
  }

  const truncation = () => {
    const { temperature, top_k: topK, top_p: topP, min_p: minP } = state.settings;
    return { temperature, topK, topP, minP };
  };

  // Texts for people. `seen` shows white space and lone jamo; `spoken` names them.
  const seen = (symbol) => SEEN[symbol] || (/^[\u1100-\u11ff]$/.test(symbol) ? compatible(symbol) : symbol);
  const spoken = (symbol) => words[READ_ALOUD[symbol]] || seen(symbol);
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // A conjoining jamo as the compatibility jamo that looks like it when it stands alone.
  const COMPATIBLE = new Map();
  for (let code = 0x3131; code <= 0x318e; code++) {
    const letter = String.fromCharCode(code);
    COMPATIBLE.set(letter.normalize("NFKD"), letter);
  }
  const FINALS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ";
  const compatible = (jamo) => {
    const code = jamo.charCodeAt(0);
    return code >= 0x11a8 && code <= 0x11c2 ? FINALS[code - 0x11a8] : COMPATIBLE.get(jamo) || jamo;
  };

  const percent = (p) => {
    if (p === 0) return "0 %";
    if (p < 0.0001) return `${p.toExponential(0).replace("e-", "·10⁻").replace(/\d+$/, superscript)}`;
    return `${(100 * p).toFixed(p < 0.01 ? 2 : 1)} %`;
  };
  const superscript = (digits) => [...digits].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join("");
  const number = (t) => {
    if (t === Infinity) return "∞";
    if (t === 0) return "0";
    if (t >= 1e5 || t < 1e-3) return t.toExponential(1);
    return t >= 100 ? t.toFixed(0) : t >= 10 ? t.toFixed(1) : t < 0.1 ? t.toFixed(3) : t.toFixed(2);
  };

  // Builds an element: make("button", { class: "x", text: "…", on: { click } }, …children).
  function make(tag, { text, on, ...attributes } = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    for (const [event, handler] of Object.entries(on || {})) node.addEventListener(event, handler);
    node.append(...children);
    return node;
  }

  // Calls `draw` once in the next frame, however often it is asked for.
  function eachFrame(draw) {
    let pending = false;
    return () => {
      if (pending) return;
      pending = true;
      requestAnimationFrame(() => { pending = false; draw(); });
    };
  }

  window.playground.store = {
    state, update, set, address, asked, moment, truncation,
    subscribe: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
  };
  window.playground.format = { seen, spoken, say, percent, number };
  window.playground.dom = { make, eachFrame };
  window.playground.setTemperature = setTemperature;
})();
