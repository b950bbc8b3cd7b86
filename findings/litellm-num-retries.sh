#!/usr/bin/env bash
# litellm 1.110.2: `num_retries=2` sends a call three times or five, and a wrong key once or thrice, by whether tenacity is installed.
#
# The client of openai asks again by itself, and litellm around it by tenacity, which it does not install.
# Without it an overloaded server is asked three times and `completion` raises a bare `Exception` of a missing
# package in place of the server's error, for a wrong key (401) or a malformed request (400) as well; `acompletion` raises
# the error itself. As soon as some other package brings tenacity along, the same call is sent five times, the
# first attempt of three and two of one, and what no second try can mend three times. `max_retries=2` is three
# and one in both. promptci switches the retries of the client off and has one rule: a rate limit and
# what may pass are asked again, a wrong key stops the run at its first answer.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install litellm==1.110.2 openai==3.57.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/retries.py" <<'PYTHON'
"""Requests that reach a server which refuses all of them, and the error that comes of it."""
import asyncio
import json
import logging
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from importlib.util import find_spec

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
logging.disable(logging.CRITICAL)

import litellm

litellm.suppress_debug_info = True
STATUSES = (500, 401, 400)
ERRORS = ["InternalServerError", "AuthenticationError", "BadRequestError"]
WITHOUT = {
    "completion, num_retries=2": ([3, 1, 1], ["Exception"] * 3),
    "acompletion, num_retries=2": ([3, 1, 1], ERRORS),
    "completion, max_retries=2": ([3, 1, 1], ERRORS),
}
BESIDE = {
    "completion, num_retries=2": ([5, 3, 3], ERRORS),
    "acompletion, num_retries=2": ([5, 3, 3], ERRORS),
    "completion, max_retries=2": ([3, 1, 1], ERRORS),
}


class Refusing(BaseHTTPRequestHandler):
    """Counts requests, and answers each with one status."""

    status, asked = 500, 0

    def do_POST(self):
        Refusing.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"error": {"message": "refused", "type": "error"}}).encode()
        self.send_response(self.status)
        for name, value in (("Content-Type", "application/json"), ("retry-after-ms", "1")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
threading.Thread(target=server.serve_forever, daemon=True).start()
CALL = {
    "model": "openai/m",
    "api_base": f"http://127.0.0.1:{server.server_port}/v1",
    "api_key": "none",
    "messages": [{"role": "user", "content": "How many?"}],
}
CALLS = (
    lambda: litellm.completion(**CALL, num_retries=2),
    lambda: asyncio.run(litellm.acompletion(**CALL, num_retries=2)),
    lambda: litellm.completion(**CALL, max_retries=2),
)


def refused(call):
    """How often each status was sent, and the class of what was raised."""
    found = [], []
    for Refusing.status in STATUSES:
        Refusing.asked = 0
        try:
            call()
        except Exception as error:
            found[0].append(Refusing.asked)
            found[1].append(type(error).__name__)
    return found


has_tenacity = find_spec("tenacity") is not None
beside = f"with tenacity {version('tenacity')}" if has_tenacity else "without tenacity"
print(f"litellm {version('litellm')}, {beside}; requests at status 500, 401, 400")
same = True
for call, (name, expected) in zip(CALLS, (BESIDE if has_tenacity else WITHOUT).items(), strict=True):
    found = refused(call)
    same &= found == expected
    print(f"{name}: {', '.join(map(str, found[0]))}; {', '.join(found[1])}")
server.shutdown()
sys.exit(0 if same else 1)
PYTHON
"$folder/venv/bin/python" "$folder/retries.py"
"$folder/venv/bin/pip" -q install tenacity==9.1.4 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
"$folder/venv/bin/python" "$folder/retries.py"
