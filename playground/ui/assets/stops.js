// Where a run may end before its length: what the model at hand knows of (stopping.py), and what the control for it is
// to hold.

(() => {
  "use strict";
  const { store, words } = window.playground;
  const { state } = store;

  let known = ["none"]; // the kinds that the model of the page has
  let told = ""; // what the control was last told

  // Takes the kinds of the model of a message. Where the chosen one is not among them, writing goes on to its length, and
  // the sentence that is given says so. The event "offer" is sent where the control is to show something else.
  function heed({ stops }, send) {
    known = stops;
    const { stop } = state.settings;
    const lacks = !known.includes(stop);
    if (lacks) store.set({ stop: "none" });
    const now = JSON.stringify([known, state.settings.stop]);
    if (now !== told) {
      told = now;
      send("offer");
    }
    return lacks ? [words[`stop_lacks_${stop}`]] : [];
  }

  // What the control is to hold.
  const box = () => ({ __type__: "update", choices: known.map((stop) => [words[`stop_${stop}`], stop]), value: state.settings.stop });

  window.playground.stops = { heed, box };
})();
