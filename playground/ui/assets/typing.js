// Typing with an input method. A syllable that is being composed in the prompt is no prompt yet: until it is done the
// page reads nothing, so that no notice comes and nothing moves.

(() => {
  "use strict";
  let composing = false;
  const isPrompt = (node) => Boolean(node.closest && node.closest("#prompt"));

  document.addEventListener("compositionstart", ({ target }) => { if (isPrompt(target)) composing = true; });
  // Some browsers end a composition by leaving the box, without a word.
  for (const event of ["compositionend", "focusout"]) {
    document.addEventListener(event, ({ target }) => {
      if (!composing || !isPrompt(target)) return;
      composing = false;
      window.playground.play.retype(target.value);
    });
  }

  window.playground.typing = { isComposing: () => composing };
})();
