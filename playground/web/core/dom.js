// Small tools for building the page. Text always goes in as text, never as markup.

// Symbols, prompts, names and numbers are no words of any language: a browser that translates the page leaves them alone.
export function keep(node, yes = true) {
  node.translate = !yes;
  node.classList.toggle("notranslate", yes);
  return node;
}

// Builds an element: make("button", { class: "x", text: "…", on: { click } }, …children).
export function make(tag, { text, on, ...attributes } = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  for (const [event, handler] of Object.entries(on || {})) node.addEventListener(event, handler);
  node.append(...children);
  return node;
}

// Adds a style sheet to the page; resolves when it is there.
export const styleSheet = (href) => new Promise((resolve, reject) => {
  document.head.append(make("link", { rel: "stylesheet", href, on: { load: resolve, error: reject } }));
});

// Calls `draw` once in the next frame, however often it is asked for.
export function eachFrame(draw) {
  let pending = false;
  return () => {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => { pending = false; draw(); });
  };
}

// Calls back when the page has another width: a larger window, a phone that was turned.
export function onWidth(callback) {
  let wide = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === wide) return;
    wide = innerWidth;
    callback();
  });
}

// Copies a text; true where it worked. A page served without https has no clipboard of its own.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = make("textarea", { style: "position: fixed; opacity: 0" });
    box.value = text;
    document.body.append(box);
    box.select();
    const worked = document.execCommand("copy");
    box.remove();
    return worked;
  }
}

// The buttons' pictures, drawn here because fonts differ in which of them they have.
const PICTURES = {
  to_start: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  play: "M4 2.5v11L13 8z",
  pause: "M3.5 3h3.2v10H3.5zM9.3 3h3.2v10H9.3z",
  forward: "M5 3v10l7-5z",
  to_end: "M11 3h2v10h-2zM3 3v10l7-5z",
  fold: "M3 5.5h10L8 11z",
  close: "M3.3 4.7 4.7 3.3 8 6.6l3.3-3.3 1.4 1.4L9.4 8l3.3 3.3-1.4 1.4L8 9.4l-3.3 3.3-1.4-1.4L6.6 8z",
};
export function picture(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 16 16", width: 16, height: 16, fill: "currentColor", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", PICTURES[name]);
  svg.append(path);
  return svg;
}
