// The heading "What comes after …", whose word order depends on the language, around the end of the text before.

import { make } from "../dom.js";
import { onSwitch, rich } from "../core/i18n.js";

export function afterHeading() {
  const context = make("code");
  const node = make("h2");
  const draw = () => node.replaceChildren(...rich("after", { text: context }).filter(Boolean).map((part) => (
    typeof part === "string" ? make("span", { text: part }) : part)));
  onSwitch(draw);
  draw();
  return { node, context };
}
