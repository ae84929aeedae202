// What must work before the modules are there: a classic script in the page's head (components.py), where all others but
// front.js are modules. It keeps what is clicked and typed meanwhile, until opening.js takes it; and where a part of the page does not
// arrive, it says so and loads the page again.
(() => {
  "use strict";
  const { words: catalogues, web } = JSON.parse(document.getElementById("given")?.textContent ?? "{}");

  // The language: of the link, else the one that was chosen here before, else the first of the browser's own that there is.
  const chosen = () => { try { return localStorage.getItem("playground.language"); } catch { return null; } };
  const wanted = [new URLSearchParams(location.search).get("lang"), chosen(), ...navigator.languages.map((tag) => tag.split("-")[0])];
  const language = wanted.find((name) => name !== null && Object.hasOwn(catalogues, name)) ?? "en";
  const words = catalogues[language];
  document.documentElement.lang = language;

  // The modules come while gradio fetches its own, once there is a body, which they need. Where they do not come, whoever needs
  // them says so.
  new MutationObserver((_, watch) => {
    if (!document.body) return;
    watch.disconnect();
    import(new URL(`${web}/pack/page.js`, document.baseURI).href).catch(() => {});
  }).observe(document.documentElement, { childList: true });

  // What the address describes comes while the page does, so that the bars are drawn as soon as there is a place for them.
  const opening = fetch(new URL(`stream/open${location.search}`, document.baseURI));
  opening.catch(() => {});

  // ── What is done meanwhile ───────────────────────────────────────────────────────────────────────
  const PLACE = "playground.left"; // as in opening.js
  /** @type {{ act?: string | null, prompt?: string, model?: string }} */
  const kept = {}; // { act, prompt, model }
  const taken = new AbortController();
  const until = { signal: taken.signal };

  // An act is "generate" or "step"; null takes it back. Stop stands in the place of Generate from then on.
  /** @param {string | null} name */
  function act(name) {
    kept.act = name;
    document.body.classList.toggle("writing", Boolean(name));
  }

  /** @param {EventTarget | null} target @param {string} selector */
  const around = (target, selector) => (target instanceof Element ? target.closest(selector) : null);

  document.addEventListener("click", ({ target }) => {
    const id = around(target, "button")?.id ?? "";
    if (id === "generate" || id === "step") act(id);
    if (id === "stop") act(null);
  }, until);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (around(event.target, "#prompt")) act("generate");
  }, until);
  document.addEventListener("input", ({ target }) => {
    if (around(target, "#prompt")) kept.prompt = /** @type {HTMLInputElement} */ (target).value;
  }, until);
  document.addEventListener("playground-model", (event) => { kept.model = /** @type {CustomEvent} */ (event).detail; }, until);

  window.addEventListener("pagehide", () => {
    try {
      const left = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}") ?? {};
      sessionStorage.setItem(PLACE, JSON.stringify({ ...left, early: { ...left.early, ...kept } }));
    } catch { /* storage may be forbidden */ }
  }, until);

  document.addEventListener("playground-take", (event) => {
    taken.abort();
    /** @type {CustomEvent} */ (event).detail(kept, opening);
  }, until);

  // ── Parts that do not arrive ─────────────────────────────────────────────────────────────────────
  // Where one of the page's own files is missing, gradio builds nothing and says nothing. The page is loaded again.
  const LOADS = "playground.loads";
  const GRACE = 3000; // milliseconds: a file that is missing need not be one that matters
  const PAUSES = [1000, 2000, 4000, 8000, 16_000, 30_000];
  const built = new AbortController();

  function suspect() {
    setTimeout(() => { if (!built.signal.aborted && !document.getElementById("unbuilt")) loadAgain(); }, GRACE);
  }

  // How often it was loaded again before; as often as it ever is where that cannot be remembered.
  function countLoad() {
    try {
      const tries = Number(sessionStorage.getItem(LOADS));
      sessionStorage.setItem(LOADS, String(tries + 1));
      return tries;
    } catch {
      return PAUSES.length;
    }
  }

  function loadAgain() {
    const box = document.createElement("div");
    box.id = "unbuilt";
    box.setAttribute("role", "alert");
    const sentence = document.createElement("p");
    sentence.textContent = words.unbuilt;
    const button = document.createElement("button");
    button.className = "quiet";
    button.textContent = words.try_again;
    button.addEventListener("click", () => location.reload());
    box.append(sentence, button);
    document.body.append(box);
    const pause = PAUSES[countLoad()];
    if (pause) setTimeout(() => location.reload(), pause);
  }

  window.addEventListener("unhandledrejection", suspect, { signal: built.signal });
  window.addEventListener("error", suspect, { capture: true, signal: built.signal });
  document.addEventListener("playground-built", () => {
    built.abort();
    try { sessionStorage.removeItem(LOADS); } catch { /* storage may be forbidden */ }
    document.getElementById("unbuilt")?.remove();
  }, { once: true });
})();
