#!/usr/bin/env bash
# @mastra/evals 1.10.2: an answer that disapproves a refund of 125 is complete where one of 1250 was approved.
#
# `createCompletenessScorer` counts a word of the input as covered where one of both is a part of the
# other and has more than 0.6 of its letters: 125 covers 1250, and "disapproved" covers "approved". The
# words that are missing stand in the result, found by equality, which the score does not use.
# `createKeywordCoverageScorer` leaves every digit out, and has 1 for any number in place of another.
# promptci's `f1` and `rouge_1` compare whole words and numbers.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" @mastra/evals@1.10.2 @mastra/core@1.71.0 >"$folder/npm.log" 2>&1 || { cat "$folder/npm.log"; exit 2; }
cat >"$folder/complete.mjs" <<'JS'
// What an answer covers of its input, by two scorers that ask no model.
import { readFileSync } from 'node:fs';
import { createCompletenessScorer, createKeywordCoverageScorer } from '@mastra/evals/scorers/prebuilt';
import { createAgentTestRun, createTestMessage } from '@mastra/evals/scorers/utils';

const CASES = [
  ['Refund of 1250 approved', 'Refund of 1250 approved', 1, 1],
  ['Refund of 1250 approved', 'Refund of 125 disapproved', 1, 0.5],
  ['Refund of 1250 approved', 'Refund of 9999 approved', 0.75, 1],
  ['approved', 'disapproved', 1, 0],
];

async function measured(scorer, input, output) {
  const said = (content, role) => createTestMessage({ content, role, id: role });
  return scorer.run(createAgentTestRun({ inputMessages: [said(input, 'user')], output: [said(output, 'assistant')] }));
}

const { version } = JSON.parse(readFileSync('node_modules/@mastra/evals/package.json', 'utf8'));
console.log(`@mastra/evals ${version}`);
let same = true;
for (const [input, output, complete, covered] of CASES) {
  const whole = await measured(createCompletenessScorer(), input, output);
  const words = await measured(createKeywordCoverageScorer(), input, output);
  same &&= whole.score === complete && words.score === covered;
  const missing = whole.preprocessStepResult.missingElements.join(', ') || 'nothing';
  console.log(`"${input}", answered by "${output}": completeness ${whole.score}, missing ${missing}; keyword coverage ${words.score}`);
}
process.exit(same ? 0 : 1);
JS
MASTRA_TELEMETRY_DISABLED=1 node "$folder/complete.mjs"
