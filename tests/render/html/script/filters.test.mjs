import assert from "node:assert/strict";
import { test } from "node:test";
import { chipCounts, chooseRows, commitOf, isChosen, linkOf, readRows, rowOf, valueCounts } from "../../../../src/promptci/render/html/assets/filters.mjs";

const index = {
  names: { eval: ["triage", "reply"], model: ["small", "large"], tag: ["vip", "new"], class: ["billing"], reason: ["says … for …"] },
  rows: [
    [0, 0, "a", "lost", 4, [0], 0, 0, 1, 0, "My card"],
    [0, 0, "b/c", "lost", 5, [], -1, 0, 1, 0.5, "A box"],
    [0, 1, "a", "won", 0, [0, 1], 0, -1, 0, 1, "My card"],
    [1, 0, "d", "same", 6, [], -1, -1, 0, 0, "Hello"],
    [1, 0, "e", "same", 0, [], -1, -1, null, null, "Bye"],
  ],
};
const rows = readRows(index);
const none = { chip: "", eval: "", model: "", tag: "", class: "", reason: "", search: "", sort: "worst" };
const ids = (state) => chooseRows(rows, { ...none, ...state }).map((row) => `${row.eval}/${row.id}`);

test("rows know what the index says", () => {
  const [first, second, , fourth] = rows;
  assert.deepEqual([first.fails, first.accepted, second.accepted, fourth.mustPass], [true, false, true, true]);
  assert.deepEqual([first.tag, first.class, second.class], [["vip"], "billing", ""]);
});

test("filters choose and their counts say what each would leave", () => {
  assert.deepEqual(ids({ chip: "lost" }), ["triage/a"]);
  assert.deepEqual(ids({ chip: "accepted" }), ["triage/b/c"]);
  assert.deepEqual(ids({ tag: "vip", model: "large" }), ["triage/a"]);
  assert.deepEqual(ids({ search: "CARD triage" }), ["triage/a", "triage/a"]);
  const counts = chipCounts(rows, { ...none, chip: "won" });
  assert.deepEqual([counts.lost, counts.accepted, counts.won, counts["still failing"], counts.passing], [1, 1, 1, 1, 1]);
  assert.deepEqual(valueCounts(rows, { ...none, chip: "won" }, "tag"), [["new", 1], ["vip", 1]]);
  assert.deepEqual(valueCounts(rows, none, "eval"), [["triage", 3], ["reply", 2]]);
  assert.ok(isChosen(rows[0], { ...none, chip: "won" }, "chip"));
});

test("an example that fails, accepted at an earlier commit, is among the accepted, with the reason", () => {
  const [before] = readRows({ ...index, rows: [[...index.rows[3], "accepted by Ada: boxes move"]] });
  assert.equal(before.accepts, "accepted by Ada: boxes move");
  assert.ok(isChosen(before, { ...none, chip: "accepted", search: "boxes move" }));
  assert.ok(isChosen(before, { ...none, chip: "still failing" }));
  assert.equal(rows[3].accepts, "");
});

test("rows are sorted by what one asks for", () => {
  assert.deepEqual(ids({ sort: "fall" })[0], "triage/a");
  assert.deepEqual(ids({ sort: "name" })[0], "reply/d");
  assert.deepEqual(ids({ sort: "score" })[0], "reply/e");
});

test("every row has an address that leads back to it", () => {
  for (const row of rows) assert.equal(rowOf(rows, `#${linkOf(row, true)}`), row);
  assert.equal(rowOf(rows, "#triage/a"), rows[0]);
  assert.equal(rowOf(rows, "#triage/b/c"), rows[1]);
  for (const hash of ["", "#", "#commit-abc", "#%E0%A4%A", "#nowhere/x"]) assert.equal(rowOf(rows, hash), undefined);
});

test("an eval may be called like a commit, and its letters may be any", () => {
  const called = [{ eval: "commit-abc1234", id: "x", model: "small" }, { eval: "a b/ü", id: "'(x)!*~#?%", model: "small" }];
  assert.equal(rowOf(called, "#commit-abc1234/x"), called[0]);
  assert.equal(linkOf(called[1], false), "a%20b%2F%C3%BC/'(x)!*~%23%3F%25");
  assert.equal(rowOf(called, `#${linkOf(called[1], false)}`), called[1]);
  assert.deepEqual([commitOf("#commit-abc1234"), commitOf("#commit-abc1234/x"), commitOf("#commit-notes")], ["commit-abc1234", "", ""]);
});
