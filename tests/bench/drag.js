// Watches a slider and what it redraws. `begin` starts; `moves` holds when each input event came, `paintings` when each change was
// on the screen (milliseconds). Once the last move is, and after one more frame, the console says "painted": to be asked would be
// work of the page's own thread, in the middle of what is measured.
window.bench = (() => {
  const moves = [];
  const paintings = [];

  function note(time) {
    if (!moves.length || paintings.at(-1) > moves.at(-1)) return; // a plot may be painted again
    paintings.push(time);
    requestAnimationFrame(() => console.debug("painted"));
  }

  // Ours says itself when a frame is painted.
  function ours() {
    const host = document.querySelector("#distribution");
    new MutationObserver(() => note(performance.now())).observe(host, { attributeFilter: ["data-temperature"] });
  }

  // A plot is painted in the frame after its bars have become others: a message is handled after the frame.
  function plot() {
    const look = () => Array.from(document.querySelectorAll("#chart .bars .point path"), (path) => path.getAttribute("d")).join();
    const channel = new MessageChannel();
    channel.port1.onmessage = () => note(performance.now());
    let last = look();
    new MutationObserver(() => {
      const seen = look();
      if (!seen || seen === last) return;
      last = seen;
      requestAnimationFrame(() => channel.port2.postMessage(null));
    }).observe(document.body, { subtree: true, childList: true, attributes: true }); // gradio makes a new #chart
  }

  return {
    moves,
    paintings,
    begin(selector, which) {
      document.querySelector(selector).addEventListener("input", () => moves.push(performance.now()), { capture: true });
      (which === "ours" ? ours : plot)();
    },
  };
})();
