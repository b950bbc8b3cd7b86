import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { commandsOf, quote } from "../../../../src/promptci/render/html/assets/commands.mjs";
import { asCsv, csvCell } from "../../../../src/promptci/render/html/assets/csv.mjs";
import { dollars, repeated } from "../../../../src/promptci/render/html/assets/detail.mjs";
import { keyAction } from "../../../../src/promptci/render/html/assets/keys.mjs";
import { Details, decode } from "../../../../src/promptci/render/html/assets/packed.mjs";
import { Search } from "../../../../src/promptci/render/html/assets/search.mjs";

test("a cost has two digits, and nothing is nothing", () => {
  assert.deepEqual(["0", "0.00", "0.00012345", "0.1", "12.3456"].map(dollars), ["$0", "$0", "$0.00012", "$0.1", "$12"]);
});

test("words are quoted as a shell takes them", () => {
  assert.equal(quote("delivery-5"), "delivery-5");
  assert.equal(quote("a b; rm -rf $HOME"), "'a b; rm -rf $HOME'");
  assert.equal(quote("it's"), `'it'"'"'s'`);
});

test("an example's commands depend on what became of it", () => {
  assert.deepEqual(commandsOf({ eval: "t", id: "-x", fate: "lost", accepted: false }, { good: "v 1", elsewhere: [], several: [] }), [
    "promptci show -- t -x", "promptci why -- t", "promptci accept -m WHY -- t -x", "promptci bisect --good 'v 1' -- t -x",
  ]);
  assert.equal(commandsOf({ eval: "t", id: "x", fate: "lost", accepted: true }, { good: "main", elsewhere: [], several: [] }).length, 2);
  const lost = { eval: "t", id: "x", fate: "lost", accepted: false };
  assert.equal(commandsOf(lost, { good: null, elsewhere: ["u"], several: [] }).length, 3);
  assert.deepEqual(commandsOf(lost, { good: "a", bad: "b 1", elsewhere: ["t"], several: ["u"] }), ["promptci bisect --good a --bad 'b 1' t x"]);
  assert.deepEqual(commandsOf({ ...lost, model: "a/b c" }, { good: "a", elsewhere: [], several: ["t"] }).map((each) => each.includes("--model 'a/b c' t")), [true, false, true, true]);
  assert.deepEqual(commandsOf(lost, { good: "a", bad: null, elsewhere: ["t"], several: ["u"] }), []);
});

test("no cell begins a formula, and numbers stay", () => {
  for (const text of ["=1+1", "+x", "-x", "@x", " =x", "\tx", "＝x"]) assert.equal(csvCell(text), `"'${text}"`);
  for (const text of ["-5.1", "+0.8", "12", "95.0%", "a=b"]) assert.equal(csvCell(text), `"${text}"`);
  assert.equal(asCsv([['say "hi"', "a\nb"], ["1", ""]]), '"say ""hi""","a\nb"\r\n"1",""\r\n');
});

test("keys do nothing while somebody writes", () => {
  assert.equal(keyAction({ key: "j", target: { tagName: "BODY" } }), "next");
  assert.equal(keyAction({ key: "j", target: { tagName: "INPUT" } }), "");
  assert.equal(keyAction({ key: "Escape", target: { tagName: "INPUT" } }), "leave");
  assert.equal(keyAction({ key: "n", ctrlKey: true, target: { tagName: "BODY" } }), "");
});

test("texts come out of their chunks, each chunk decoded once", async () => {
  const side = (text) => ({ f: "pass", s: 1, t: text, o: "ok", y: 2, th: 2, tc: 2, c: [["equals", 0, false, 1]], r: "pf", l: 0.5, n: 9, m: "0.1", p: [["user", 0]] });
  const chunk = { t: ["Zürich", "why", "", "fails since"], cut: { 0: 50_000 }, e: [{ v: [["q", 0]], x: null, w: 1, z: ["abc1234", 1, 3, 2], b: null, h: side(0) }, { v: [], x: 1, w: 2, z: null, b: side(null), h: null }] };
  const data = deflateSync(Buffer.from(JSON.stringify(chunk))).toString("base64");
  assert.deepEqual((await decode(data)).t, chunk.t);
  let reads = 0;
  const details = new Details({ texts: 2, atOnce: 64 }, () => { reads++; return data; });
  const first = await details.of(0);
  assert.deepEqual(first.vars, [{ name: "q", text: "Zürich", whole: 50_000 }]);
  assert.deepEqual(first.since, { commit: "abc1234", subject: "why", words: "fails since", accepted: "" });
  assert.deepEqual(first.head.scores, [{ scorer: "equals", value: 0, passed: false, why: "why" }]);
  assert.equal((await details.of(1)).base.text, null);
  assert.equal(await details.of(2), undefined);
  assert.equal(reads, 1);
});

test("words are looked for in whole texts, and a later search ends an earlier one", async () => {
  const answer = (text) => ({ t: text, y: 3, tc: 3, c: [], p: [["system", 2]] });
  const chunk = (texts) => ({ t: [...texts, "the prompt of all", ""], e: [
    { v: [["q", 0]], x: null, w: 3, b: null, h: answer(1) }, { v: [["q", 1]], x: 0, w: 3, b: answer(null), h: null },
  ] });
  const chunks = [chunk(["My CARD was\ncharged", "Billing"]), chunk(["no", "charged twice"])];
  const read = (number) => deflateSync(Buffer.from(JSON.stringify(chunks[number]))).toString("base64");
  const search = new Search({ texts: 4, atOnce: 2 }, read, (place) => `triage/${place}`);
  const shares = [];
  assert.deepEqual([...await search.find("billing card", (share) => shares.push(share))], [0, 1]);
  assert.deepEqual(shares, [0.5, 1]);
  assert.deepEqual([...await search.find("triage/3 Charged")], [3]);
  assert.deepEqual([...await search.find("prompt")], []);
  const earlier = search.find("billing");
  search.stop();
  assert.equal(await earlier, undefined);
});

test("repeats that are alike are counted, others stand one by one", () => {
  const said = ["p", "pp", "ppp", "fffffff", "ppf", "e"].map(repeated);
  assert.deepEqual(said, ["✓", "✓ ✓", "✓ 3 times", "✗ 7 times", "✓ ✓ ✗", "!"]);
});
