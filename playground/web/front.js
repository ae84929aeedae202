// The front (front.html) looks like the page from the first paint on, and gets the bars as soon as the modules and
// the answer are there (parts/front.js). It has a shadow root, so that gradio's style sheets, which arrive one by
// one, do not move it and ids do not clash. A classic script at the start of the body.
(() => {
  "use strict";
  const front = /** @type {HTMLElement} */ (document.getElementById("front"));
  const styles = /** @type {HTMLStyleElement} */ (document.getElementById("styles"));
  const { words: catalogues } = JSON.parse(document.getElementById("given")?.textContent ?? "{}");
  const words = catalogues[document.documentElement.lang];
  const { searchParams } = new URL(location.href);

  // The theme, chosen as gradio and the page's own button (parts/header.js) do.
  const storedTheme = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const theme = searchParams.get("__theme") ?? storedTheme() ?? "system";
  const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.body.classList.toggle("dark", isDark);

  // Moves our styles after the style sheets that gradio adds before it builds anything; the theme's is the last.
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
  const { hide } = document.documentElement.dataset;
  if (hide) /** @type {HTMLElement} */ (shadow.querySelector(".gradio-container")).dataset.hide = hide;
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (shadow.querySelectorAll("[data-word], [data-language]"))) {
    const { word = "", language = "" } = node.dataset;
    node.textContent = word ? words[word] : catalogues[language].language_name;
    if (language) node.setAttribute("aria-pressed", String(language === document.documentElement.lang));
  }

  front.style.display = ""; // hidden until it had its styles

  // If the modules fail to load, the front is removed once the page has its buttons. Otherwise the modules remove it
  // (page.js).
  new MutationObserver((_, watch) => {
    if (front.isConnected && !document.getElementById("generate")) return;
    watch.disconnect();
    if (!window.playground) front.remove();
  }).observe(document.body, { childList: true, subtree: true });
})();
