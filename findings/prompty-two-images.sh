#!/usr/bin/env bash
# prompty 2.1.0: of two images in one message one is sent, in place of the other stands an internal marker.
#
# An input of the kind `image` (or `file`, `audio`, `thread`) stands in the template as `{{name}}`, and
# Prompty puts a marker there while it renders. Afterwards it looks for one marker in each message and no
# further, so "before {{before}}, after {{after}}" reaches the model as one image and the text
# `__PROMPTY_THREAD_<hex>_before__`, without an error. Which of the two is sent is the order of a set, so
# it changes from one process to the next. A thread that is named twice in a message is sent once likewise.
# Nothing in the documentation or the specification (section 6.7 speaks of patterns) allows one alone.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install "prompty[jinja2,openai]==2.1.0" openai==3.57.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/roof.prompty" <<'PROMPTY'
---
name: roof
model:
  id: gpt-4o
  provider: openai
  connection:
    kind: key
    endpoint: http://127.0.0.1:PORT/v1
    apiKey: none
inputs:
  - name: before
    kind: image
  - name: after
    kind: image
---
system:
You compare photographs.

user:
The roof before the storm: {{before}}
The roof after the storm: {{after}}
What changed?
PROMPTY
cat >"$folder/sent.py" <<'PYTHON'
"""What reaches the model of a prompt with two images, by a server on the loopback."""
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import prompty

asked = []
ANSWER = json.dumps({
    "id": "1", "object": "chat.completion", "created": 0, "model": "gpt-4o",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Tiles."}}
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}).encode()


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Model)
Thread(target=server.serve_forever, daemon=True).start()
path = Path(sys.argv[1])
path.write_text(path.read_text().replace("PORT", str(server.server_port)))
photographs = {"before": "https://example.org/before.png", "after": "https://example.org/after.png"}
prompty.invoke(prompty.load(str(path)), photographs)
sent = json.dumps(asked[0]["messages"])
for message in asked[0]["messages"][1:]:
    print("  ", json.dumps(message))
images = [name for name, url in photographs.items() if url in sent]
sys.exit(0 if len(images) == 1 and "__PROMPTY_THREAD_" in sent else 1)
PYTHON
"$folder/venv/bin/pip" list 2>/dev/null | grep -E '^(prompty|openai) '
found=0
for seed in 1 2 3 4; do
    cp "$folder/roof.prompty" "$folder/roof-$seed.prompty"
    echo "process $seed:"
    PYTHONHASHSEED=$seed "$folder/venv/bin/python" "$folder/sent.py" "$folder/roof-$seed.prompty" || found=1
done
exit $found
