// Watches a slider and what it redraws. `begin` starts; `painted` waits until the last move is on the screen;
// `moves` holds when each input event came, `paintings` when each change was on the screen (milliseconds).
window.bench = (() => {
  const moves = [];
  const paintings = [];
  const waiting = [];

  const settled = () => !moves.length || (paintings.length > 0 && paintings.at(-1) > moves.at(-1));

  function note(time) {
    paintings.push(time);
    if (settled()) waiting.splice(0).forEach((done) => done());
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
    painted() {
      return new Promise((done, fail) => {
        if (settled()) { done(); return; }
        waiting.push(done);
        setTimeout(() => fail(new Error(`${moves.length} moves, ${paintings.length} paintings`)), 20_000);
      });
    },
    frame: () => new Promise((done) => { requestAnimationFrame(done); }),
  };
})();
