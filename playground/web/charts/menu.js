// A chart's menu: saves it as a picture, or copies its numbers.

import { copy, download, make, picture } from "../dom.js";
import { words } from "../core/i18n.js";

/**
 * @param {string} title the menu's label
 * @param {string} icon
 * @param {string} name of the files
 * @param {() => { svg: string, csv: string } | null} getFiles returns the chart as it is now; null if it shows nothing
 */
export function menu(title, icon, name, getFiles) {
  const status = make("span", { role: "status" });
  const list = make("div", { class: "menu" },
    entry("save_svg", ({ svg }) => download(new Blob([svg], { type: "image/svg+xml" }), `${name}.svg`)),
    entry("save_png", async ({ svg }) => download(await toPng(svg), `${name}.png`)),
    entry("copy_csv", async ({ csv }) => {
      status.textContent = (await copy(csv)) ? words.copied : words.copy_failed;
    }),
    status);
  const summary = make("summary", { title, "aria-label": title }, picture(icon));
  const box = make("details", { class: "save" }, summary, list);

  /** @param {string} key @param {(taken: { svg: string, csv: string }) => unknown} act */
  function entry(key, act) {
    return make("button", {
      class: "quiet", text: words[key],
      on: {
        click: async () => {
          const files = getFiles();
          if (files) await act(files);
          if (key !== "copy_csv") close();
        },
      },
    });
  }

  function close() {
    const inside = list.contains(document.activeElement);
    box.open = false;
    if (inside) summary.focus();
  }

  box.addEventListener("toggle", () => { status.textContent = ""; });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    event.stopPropagation();
    close();
  });
  box.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !box.contains(relatedTarget)) box.open = false;
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (target instanceof Node && !box.contains(target)) box.open = false;
  });
  return box;
}

const SCALE = 2; // pixels of the PNG per unit of the SVG

/** @param {string} svg @returns {Promise<Blob>} */
async function toPng(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = make("canvas", { width: image.width * SCALE, height: image.height * SCALE });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => { if (blob) resolve(blob); else reject(new Error("The picture could not be made.")); });
  });
}
