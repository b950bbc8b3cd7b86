#!/usr/bin/env bash
# dotprompt 1.1.2, for JavaScript: `{{y}}{{m}}{{d}}` of 2026, 11 and 30 is 2067, and defaults are left out.
#
# Values are put in unescaped, and what Handlebars 4.7.10 makes of two names without a text between them
# is `a + b`: numbers at the begin of a text or a block are added, before anything makes texts of them.
# Nothing is said, and the prompt has another date, code or price. What the file gives for a variable
# under `input: default:` is read, and not used: the place stays empty. dotpromptz 0.2.0, the same
# format's reader for Python, renders the same files as they are written. promptci imports such files as
# Jinja templates, in which the numbers stand beside each other, and makes an example of the defaults.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install dotpromptz==0.2.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
(cd "$folder" && npm install --no-audit --no-fund --ignore-scripts dotprompt@1.1.2 handlebars@4.7.10) >"$folder/npm.log" 2>&1 \
  || { cat "$folder/npm.log"; exit 2; }
cat >"$folder/cases.json" <<'JSON'
[
  ["{{year}}{{month}}{{day}}: what is due?", {"year": 2026, "month": 11, "day": 30}],
  ["{{#each orders}}{{shop}}{{number}} {{/each}}", {"orders": [{"shop": 40, "number": 1}, {"shop": 41, "number": 7}]}],
  ["Due on {{year}}{{month}}{{day}}", {"year": 2026, "month": 11, "day": 30}],
  ["{{currency}}{{price}}", {"currency": "EUR", "price": 5}],
  ["---\ninput:\n  schema:\n    tone?: string\n  default:\n    tone: friendly\n---\nBe {{tone}}.", {}]
]
JSON
cat >"$folder/render.mjs" <<'JAVASCRIPT'
import {readFileSync} from 'node:fs'
import {Dotprompt} from 'dotprompt'

const rendered = []
for (const [source, input] of JSON.parse(readFileSync('cases.json', 'utf8'))) {
  const {messages: [message]} = await new Dotprompt().render(source, {input})
  rendered.push(message.content.map(part => part.text).join(''))
}
console.log(JSON.stringify(rendered))
JAVASCRIPT
cat >"$folder/render.py" <<'PYTHON'
"""The same prompts rendered by both: the source, the input, and the texts that a model is sent."""
import asyncio
import json
import logging
import subprocess
import sys
from importlib.metadata import version

import structlog

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
from dotpromptz.dotprompt import Dotprompt
from dotpromptz.typing import DataArgument

WRITTEN = ["20261130: what is due?", "401 417 ", "Due on 20261130", "EUR5", "Be friendly."]
GOT = ["2067: what is due?", "41 48 ", "Due on 20261130", "EUR5", "Be ."]


async def text(source, values):
    rendered = await Dotprompt().render(source, DataArgument(input=values))
    return "".join(part.text for part in rendered.messages[0].content)


cases = json.load(open("cases.json"))
by_python = [asyncio.run(text(*case)) for case in cases]
by_javascript = json.loads(subprocess.run(["node", "render.mjs"], capture_output=True, check=True).stdout)
for (source, values), ours, theirs in zip(cases, by_python, by_javascript):
    print(f"{source!r} with {json.dumps(values)}\n  dotprompt 1.1.2: {theirs!r}\n  dotpromptz {version('dotpromptz')}: {ours!r}")
sys.exit(0 if (by_python, by_javascript) == (WRITTEN, GOT) else 1)
PYTHON
cd "$folder" && "$folder/venv/bin/python" render.py
