#!/usr/bin/env bash
# dspy 3.4.1: a second server is never asked where it calls its model as the first one does.
#
# Answers are kept on disk by the request without `api_base`, and that is how a server is told from
# another. Two servers that both serve `my-model`, one before and one after fine-tuning, get the same
# score to the last digit, as the second one's answers are the first one's; in another process, too, and
# on another day. In promptci the address of the endpoint is part of what an answer is kept by.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install dspy==3.4.1 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/servers.py" <<'PYTHON'
"""Two servers on this machine with one name for their models, each asked by a process of its own."""
import http.server
import json
import os
import subprocess
import sys
import threading
from importlib.metadata import version

ASK = """
import os, sys, dspy
lm = dspy.LM("openai/my-model", api_base=sys.argv[1], api_key="none")
print(lm("Is the parcel late?")[0])
"""


def served(answer, asked):
    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}
            usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
            body = {"id": "1", "object": "chat.completion", "created": 1, "model": "my-model"}
            data = json.dumps(body | {"choices": [choice], "usage": usage}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/v1"


print(f"dspy {version('dspy')}")
environment = os.environ | {"DSPY_CACHEDIR": sys.argv[1], "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
found = []
for name, answer in (("base", "no"), ("tuned", "yes")):
    asked = []
    command = [sys.executable, "-c", ASK, served(answer, asked)]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()[-1]
    found.append((said, len(asked)))
    print(f"the server of the {name} model would say {answer}; dspy says {said}, after {len(asked)} calls of it")
sys.exit(0 if found == [("no", 1), ("no", 0)] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/servers.py" "$folder"
