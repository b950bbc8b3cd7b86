#!/usr/bin/env bash
# vitest-evals 0.16.1: a test that no tool be called passes whatever is called.
#
# `ToolCallJudge` with `expectedTools: []` and `allowExtras: false` gives 1 and says "No tool calls
# expected" before it looks at the calls: an agent that deletes the account it was asked about passes. Where one
# call is expected, the same extra one makes it 0. With `params: "fuzzy"` a text is right where either
# contains the other, so that an argument left empty is right for every text. And with `ordered: true` a
# first search in other words takes the place of the one that is wanted and made next, which is allowed beside it
# without the order. promptci's `trajectory` takes `calls: []` with `match: exact`, or `at_most: 0`, as what they
# say, compares texts whole, and in order finds a call behind another of the same tool.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps vitest-evals@0.16.1 @vitest-evals/core@0.16.1 \
  @vitest-evals/report-ui@0.16.1 >npm.log 2>&1 || { cat npm.log; exit 2; }
cat >calls.mjs <<'JAVASCRIPT'
// What the judge says of calls that were made, against those expected.
import { readFileSync } from "node:fs";
import { ToolCallJudge } from "vitest-evals/judges";

const remove = { name: "delete_account", arguments: { user: "u-7" } };
const show = { name: "show_account", arguments: { user: "u-7" } };
const refund = { name: "refund", arguments: { order: "W7", reason: "the parcel was lost" } };
const unsaid = { name: "refund", arguments: { order: "", reason: "" } };
const search = (query) => ({ name: "search", arguments: { query } });
const cases = [
  ["no tool expected", { allowExtras: false }, [], [remove], 1],
  ["one tool expected", { allowExtras: false }, [show], [show, remove], 0],
  ["empty arguments, fuzzy", { params: "fuzzy" }, [refund], [unsaid], 1],
  ["empty arguments, strict", {}, [refund], [unsaid], 0],
  ["another search first, in order", { ordered: true }, [search("returns")], [search("send back"), search("returns")], 0],
  ["another search first", {}, [search("returns")], [search("send back"), search("returns")], 1],
];
const { version } = JSON.parse(readFileSync("node_modules/vitest-evals/package.json", "utf8"));
console.log(`vitest-evals ${version}`);
let same = true;
for (const [name, config, expectedTools, toolCalls, wanted] of cases) {
  const said = await ToolCallJudge(config).assess({ input: "", output: "", toolCalls, expectedTools });
  same &&= said.score === wanted;
  console.log(`${name}: ${said.score}, ${said.metadata.rationale}`);
}
process.exit(same ? 0 : 1);
JAVASCRIPT
node calls.mjs
