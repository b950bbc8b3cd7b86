#!/usr/bin/env bash
# @mastra/evals 1.10.2: the tools wanted, called in their very order, fail where one of them comes twice, and pass in strict mode.
#
# `createToolCallAccuracyScorerCode({expectedToolOrder})` looks for each tool wanted where it was called
# first: search, book, search made as wanted are 0, and so is "login, then search" where an agent had
# searched before it logged in. `strictMode`, which allows no other call, gives the first of them 1: the
# stricter check passes what the looser one fails. The code scorer of trajectories in the same package,
# relaxed, gives both 1. promptci's `trajectory` with `match: in_order` passes them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" @mastra/evals@1.10.2 @mastra/core@1.71.0 >"$folder/npm.log" 2>&1 || { cat "$folder/npm.log"; exit 2; }
cat >"$folder/order.mjs" <<'JS'
// Calls made against calls wanted: the scorer of tool calls, loose and strict, and that of trajectories.
import { readFileSync } from 'node:fs';
import { createToolCallAccuracyScorerCode, createTrajectoryAccuracyScorerCode } from '@mastra/evals/scorers/prebuilt';
import { createAgentTestRun, createTestMessage, createToolInvocation } from '@mastra/evals/scorers/utils';

const CASES = [
  [['search', 'book'], ['search', 'book'], [1, 1, 1]],
  [['search', 'book', 'search'], ['search', 'book', 'search'], [0, 1, 1]],
  [['login', 'search'], ['search', 'login', 'search'], [0, 0, 1]],
];

function agentRun(tools) {
  const toolInvocations = tools.map((toolName, number) =>
    createToolInvocation({ toolCallId: `call-${number}`, toolName, args: {}, result: {}, state: 'result' }),
  );
  return createAgentTestRun({
    inputMessages: [createTestMessage({ content: 'Book a seat.', role: 'user', id: 'asked' })],
    output: [createTestMessage({ content: 'Done.', role: 'assistant', id: 'said', toolInvocations })],
  });
}

async function scores(wanted, made) {
  const found = [];
  for (const strictMode of [false, true]) {
    const scorer = createToolCallAccuracyScorerCode({ expectedToolOrder: wanted, strictMode });
    found.push((await scorer.run(agentRun(made))).score);
  }
  const steps = (names) => ({ steps: names.map((name) => ({ stepType: 'tool_call', name })) });
  const scorer = createTrajectoryAccuracyScorerCode({ expectedTrajectory: steps(wanted) });
  found.push((await scorer.run({ output: steps(made) })).score);
  return found;
}

const { version } = JSON.parse(readFileSync('node_modules/@mastra/evals/package.json', 'utf8'));
console.log(`@mastra/evals ${version}`);
let same = true;
for (const [wanted, made, expected] of CASES) {
  const found = await scores(wanted, made);
  same &&= JSON.stringify(found) === JSON.stringify(expected);
  console.log(`wanted ${wanted.join(', ')}; made ${made.join(', ')}: loose ${found[0]}, strict ${found[1]}, relaxed trajectory ${found[2]}`);
}
process.exit(same ? 0 : 1);
JS
MASTRA_TELEMETRY_DISABLED=1 node "$folder/order.mjs"
