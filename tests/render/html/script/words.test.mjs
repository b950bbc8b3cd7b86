import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_WORDS, splitWords, wordDiff } from "../../../../src/promptci/render/html/assets/words.mjs";

const side = (pieces, other) => pieces.filter(([kind]) => kind !== other).map(([, text]) => text).join("");

test("pieces make up both texts again", () => {
  const texts = ["", "one", "one two three four", "one 2 three four", "a  b\n\nc", "שלום עולם", "é e\u0301 e", "🙂 ok", "x".repeat(99)];
  for (const base of texts) {
    for (const head of texts) {
      const pieces = wordDiff(base, head);
      assert.equal(side(pieces, "added").replace(/\s/g, ""), base.replace(/\s/g, ""), `${base} | ${head}`);
      assert.equal(side(pieces, "removed"), head);
    }
  }
});

test("a changed word is one removed and one added", () => {
  assert.deepEqual(wordDiff("send it to billing now", "send it to sales now"), [
    ["same", "send it to "], ["removed", "billing "], ["added", "sales "], ["same", "now"],
  ]);
});

test("texts that share little are shown whole", () => {
  assert.deepEqual(wordDiff("billing", "I think that it is shipping"), [["removed", "billing"], ["added", "I think that it is shipping"]]);
});

test("very long texts are compared in part and lost in none", () => {
  const long = "word ".repeat(5 * MOST_WORDS);
  assert.equal(splitWords(long).length, MOST_WORDS + 1);
  assert.equal(side(wordDiff(long, `${long}end`), "removed"), `${long}end`);
});
