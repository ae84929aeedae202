// Asks one of the page's own routes, and gives what it answers, a line of JSON at a time. Aborting the signal ends both.

/** @param {string | URL} address @param {unknown} body @param {AbortSignal} signal */
export async function* ask(address, body, signal) {
  const answer = await fetch(address, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal,
  });
  if (!answer.ok || !answer.body) throw new Error(`The server answered with status ${answer.status}.`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) yield JSON.parse(part);
  }
  if (rest) throw new Error("The answer ended within a line.");
}
