// While a text is generated, Stop replaces Generate (controls.css).

// Focus moves from one to the other: they share a place, and a hidden button would lose it.
/** @param {boolean} isWriting */
export function showWriting(isWriting) {
  const { classList } = document.body;
  if (classList.contains("writing") === isWriting) return;
  const hadFocus = document.activeElement?.matches("#generate, #stop");
  classList.toggle("writing", isWriting);
  if (hadFocus) document.getElementById(isWriting ? "stop" : "generate")?.focus({ preventScroll: true });
}
