// What a link says of a tab, as the page's boxes can hold it.
import assert from "node:assert/strict";
import test from "node:test";

import { readLink } from "../../playground/web/core/link.js";

test("line ends are normalized whatever system they come from", () => {
  const link = readLink("?text=a%0D%0Ab%0Dc%0Ad&more=%0D%0A%0D%0A");
  assert.equal(link.get("text"), "a\nb\nc\nd");
  assert.equal(link.get("more"), "\n\n");
});

test("line ends are removed for a single-line box, as browsers do", () => {
  const link = readLink("?one=a%0D%0Ab%0Ac&other=a%0Ab", ["one"]);
  assert.equal(link.get("one"), "abc");
  assert.equal(link.get("other"), "a\nb");
});

test("other parameters are unchanged", () => {
  const link = readLink("?a=1&a=2&b=&c=%2B+%25&lang=ko");
  assert.deepEqual([...link], [["a", "1"], ["a", "2"], ["b", ""], ["c", "+ %"], ["lang", "ko"]]);
  assert.equal(link.get("nothing"), null);
});
