// Opening the page. What is clicked and typed before the server has read the address is kept until it has. Where that
// fails, the page says so and asks again; what was kept also outlives a page that is loaded anew meanwhile.

(() => {
  "use strict";
  const { store, server, dom: { make }, words } = window.playground;
  const { state } = store;
  const PLACE = "playground.left"; // in the storage of the tab
  let early = {}; // { act, prompt, model }; an act is "generate" or "step"
  let acts = {};
  let send = () => {};

  const promptBox = () => document.querySelector("#prompt textarea, #prompt input");
  const opens = server.persistent(() => { if (!state.opened) ask(); });

  function ask() {
    send("open");
    watch();
  }

  function watch() {
    server.watch(() => !state.opened, () => opens.refused(words.lost_opening));
  }

  // The server raised an error, or something on the way to it refused the request.
  function failed() {
    if (!state.opened) opens.refused(words.refused_opening);
  }

  function keep(patch) {
    if (!state.opened) Object.assign(early, patch);
  }

  // The page is open: what is to be done now.
  function take() {
    opens.done();
    const { act, ...kept } = early;
    early = {};
    return { ...kept, act: acts[act] };
  }

  // Of the box's own changes, which the opening makes too, this hears nothing.
  document.addEventListener("input", ({ target }) => {
    if (target === promptBox()) keep({ prompt: target.value });
  });

  // ── Over a reload ────────────────────────────────────────────────────────────────────────────────
  // Gradio loads the page anew where it lost the connection, and people do where nothing seems to happen.
  window.addEventListener("pagehide", () => {
    const left = state.opened ? { writing: state.busy } : { early, settings: store.touched() };
    try {
      sessionStorage.setItem(PLACE, JSON.stringify(left, (_, value) => (value === Infinity ? "inf" : value)));
    } catch { /* storage may be forbidden */ }
  });

  function recall() {
    let left = null;
    try {
      left = JSON.parse(sessionStorage.getItem(PLACE));
      sessionStorage.removeItem(PLACE);
    } catch { /* the same */ }
    return left && performance.getEntriesByType("navigation")[0]?.type === "reload" ? left : {};
  }

  // ── Parts that do not arrive ─────────────────────────────────────────────────────────────────────
  // Where one of the page's own files is missing, gradio builds nothing and says nothing. The page is loaded again.
  const LOADS = "playground.loads";
  const GRACE = 3000; // milliseconds: a file that is missing need not be one that matters
  let built = false;

  function suspect() {
    setTimeout(() => { if (!built && !document.querySelector("#unbuilt")) loadAgain(); }, GRACE);
  }

  function loadAgain() {
    const button = make("button", { class: "quiet", text: words.try_again, on: { click: () => location.reload() } });
    document.body.append(make("div", { id: "unbuilt", role: "alert" }, make("p", { text: words.unbuilt }), button));
    const tries = Number(sessionStorage.getItem(LOADS));
    sessionStorage.setItem(LOADS, tries + 1);
    const pause = server.PAUSES[tries];
    if (pause) setTimeout(() => location.reload(), pause);
  }

  window.addEventListener("unhandledrejection", suspect);
  window.addEventListener("error", suspect, true);

  let interrupted = false; // whether the page was loaded anew while it wrote
  function connect(trigger, byName) {
    built = true;
    try { sessionStorage.removeItem(LOADS); } catch { /* storage may be forbidden */ }
    document.querySelector("#unbuilt")?.remove();
    send = trigger;
    acts = byName;
    const left = recall();
    interrupted = Boolean(left.writing);
    store.set(left.settings || {});
    keep(left.early || {});
    if (early.act) store.update({ busy: true });
    watch();
  }

  const remarks = () => (interrupted ? [words.interrupted] : []);

  window.playground.opening = { connect, failed, keep, take, remarks, promptBox };
})();
