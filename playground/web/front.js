// The page's front (front.html) looks like the page from the first paint on, and has the bars as soon as the modules and the
// answer are here (parts/front.js). It stands in a shadow of its own: nothing of gradio's sheets, which come one by one, moves it,
// and its names are none of the page's. A classic script at the beginning of the body.
(() => {
  "use strict";
  const front = /** @type {HTMLElement} */ (document.getElementById("front"));
  const styles = /** @type {HTMLStyleElement} */ (document.getElementById("styles"));
  const { words: catalogues } = JSON.parse(document.getElementById("given")?.textContent ?? "{}");
  const words = catalogues[document.documentElement.lang];
  const { searchParams } = new URL(location.href);

  // As gradio decides it when it builds the page, and then the page's own button (parts/header.js).
  const remembered = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const wanted = searchParams.get("__theme") ?? remembered() ?? "system";
  const dark = wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.body.classList.toggle("dark", dark);

  // Gradio's sheets are to stand before ours, as far as it has them before it builds anything. The theme's is the last of those.
  new MutationObserver((_, watch) => {
    if (!document.head.querySelector('link[href*="theme.css"]')) return;
    watch.disconnect();
    document.head.append(styles);
  }).observe(document.head, { childList: true, subtree: true, attributeFilter: ["href"] });

  const shadow = front.shadowRoot;
  if (!shadow || !["", "play"].includes(searchParams.get("tab") ?? "")) {
    front.remove();
    return;
  }
  /** @type {HTMLStyleElement} */ (shadow.querySelector("style")).after(styles.cloneNode(true));
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (shadow.querySelectorAll("[data-word], [data-language]"))) {
    const { word = "", language = "" } = node.dataset;
    node.textContent = word ? words[word] : catalogues[language].language_name;
    if (language) node.setAttribute("aria-pressed", String(language === document.documentElement.lang));
  }

  front.style.display = ""; // it was not seen without its styles

  // Where the modules do not come, the page is the page once it has its buttons. Else they take the front away (page.js).
  new MutationObserver((_, watch) => {
    if (front.isConnected && !document.getElementById("generate")) return;
    watch.disconnect();
    if (!window.playground) front.remove();
  }).observe(document.body, { childList: true, subtree: true });
})();
