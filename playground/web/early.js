// What must work before the modules load: a classic script in the page's head (components.py). It records clicks and
// typing until opening.js takes over, and if part of the page fails to load, it says so and reloads the page.
(() => {
  "use strict";
  const { words: catalogues, web } = JSON.parse(document.getElementById("given")?.textContent ?? "{}");

  // The language: from the link, else chosen here before, else the first supported one of the browser's.
  const storedLanguage = () => { try { return localStorage.getItem("playground.language"); } catch { return null; } };
  const candidates = [new URLSearchParams(location.search).get("lang"), storedLanguage(), ...navigator.languages.map((tag) => tag.split("-")[0])];
  const language = candidates.find((name) => name !== null && Object.hasOwn(catalogues, name)) ?? "en";
  const words = catalogues[language];
  document.documentElement.lang = language;
  document.title = words.title;

  // What the link hides (css/hide.css) is hidden before the first paint. Unknown names match no rule.
  const hide = new URLSearchParams(location.search).get("hide");
  if (hide) document.documentElement.dataset.hide = hide.split(/[,\s]+/).join(" ");

  // Loads the modules as soon as there is a body, while gradio loads its own. If that fails, whatever needs them
  // reports it.
  new MutationObserver((_, watch) => {
    if (!document.body) return;
    watch.disconnect();
    import(new URL(`${web}/pack/page.js`, document.baseURI).href).catch(() => {});
  }).observe(document.documentElement, { childList: true });

  // Requests what the URL describes right away, so that the bars are drawn as soon as there is a place for them.
  const opening = fetch(new URL(`stream/open${location.search}`, document.baseURI));
  opening.catch(() => {});

  // ── What is done meanwhile ───────────────────────────────────────────────────────────────────────
  const STORAGE_KEY = "playground.left"; // as in opening.js
  /** @type {{ act?: string | null, prompt?: string, model?: string }} */
  const recorded = {}; // { act, prompt, model }
  const handover = new AbortController();
  const whileEarly = { signal: handover.signal };

  // An act is "generate" or "step"; null cancels it. While one is pending, Stop replaces Generate.
  /** @param {string | null} name */
  function act(name) {
    recorded.act = name;
    const hadFocus = document.activeElement?.matches("#generate, #stop"); // as in writingbuttons.js
    document.body.classList.toggle("writing", Boolean(name));
    if (hadFocus) document.getElementById(name ? "stop" : "generate")?.focus({ preventScroll: true });
  }

  // A held Enter counts once: focus has moved to the other button, which would undo it.
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && around(event.target, "#generate, #stop")) event.preventDefault();
  });

  /** @param {EventTarget | null} target @param {string} selector */
  const around = (target, selector) => (target instanceof Element ? target.closest(selector) : null);

  document.addEventListener("click", ({ target }) => {
    const id = around(target, "button")?.id ?? "";
    if (id === "generate" || id === "step") act(id);
    if (id === "stop") act(null);
  }, whileEarly);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (around(event.target, "#prompt")) act("generate");
  }, whileEarly);
  document.addEventListener("input", ({ target }) => {
    if (around(target, "#prompt")) recorded.prompt = /** @type {HTMLInputElement} */ (target).value;
  }, whileEarly);
  document.addEventListener("playground-model", (event) => { recorded.model = /** @type {CustomEvent} */ (event).detail; }, whileEarly);

  window.addEventListener("pagehide", () => {
    try {
      const saved = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? "{}") ?? {};
      sessionStorage.setItem(STORAGE_KEY, JSON.stringify({ ...saved, early: { ...saved.early, ...recorded } }));
    } catch { /* storage may be forbidden */ }
  }, whileEarly);

  document.addEventListener("playground-take", (event) => {
    handover.abort();
    /** @type {CustomEvent} */ (event).detail(recorded, opening);
  }, whileEarly);

  // ── Parts that do not arrive ─────────────────────────────────────────────────────────────────────
  // If one of its files is missing, gradio builds nothing and reports nothing, so the page is reloaded.
  const LOADS_KEY = "playground.loads";
  const GRACE = 3000; // milliseconds: not every missing file matters
  const PAUSES = [1000, 2000, 4000, 8000, 16_000, 30_000];
  const built = new AbortController();

  function reloadIfUnbuilt() {
    setTimeout(() => { if (!built.signal.aborted && !document.getElementById("unbuilt")) offerReload(); }, GRACE);
  }

  // How often the page was reloaded before; the maximum if that cannot be remembered.
  function countLoad() {
    try {
      const tries = Number(sessionStorage.getItem(LOADS_KEY));
      sessionStorage.setItem(LOADS_KEY, String(tries + 1));
      return tries;
    } catch {
      return PAUSES.length;
    }
  }

  function offerReload() {
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

  window.addEventListener("unhandledrejection", reloadIfUnbuilt, { signal: built.signal });
  window.addEventListener("error", reloadIfUnbuilt, { capture: true, signal: built.signal });
  document.addEventListener("playground-built", () => {
    built.abort();
    try { sessionStorage.removeItem(LOADS_KEY); } catch { /* storage may be forbidden */ }
    document.getElementById("unbuilt")?.remove();
  }, { once: true });
})();
