#!/usr/bin/env bash
# openai 3.57.0 and anthropic 2.14.0: one call that makes a batch may make two, both of which are
# paid. Where the connection breaks after the service has made the batch, the client sends the
# creation once more, with no key by which the service could know it again, and gives the id of the
# second. At Anthropic nothing can be written on a batch by which the first is found.
# promptci has the clients send nothing again, and looks for a batch whose answer was lost.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install openai==3.57.0 anthropic==2.14.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/twice.py" <<'PYTHON'
"""One call, two batches: both SDKs send a creation again whose answer was lost."""
import http.server, json, sys, threading

class Service(http.server.BaseHTTPRequestHandler):
    made, keys = [], []
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.made.append(body)
        self.keys.append(self.headers.get("Idempotency-Key"))
        if len(self.made) == 1:      # the batch is there; its answer is lost
            self.close_connection = True
            self.connection.close()
            return
        batch = {"id": f"batch_{len(self.made)}", "object": "batch", "type": "message_batch",
                 "status": "validating", "processing_status": "in_progress", "created_at": 0,
                 "endpoint": "/v1/chat/completions", "completion_window": "24h",
                 "input_file_id": "file-1", "request_counts": {}, "expires_at": None}
        data = json.dumps(batch).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *_): pass

def counted(call):
    Service.made.clear(); Service.keys.clear()
    batch = call()
    return batch.id, len(Service.made), list(Service.keys)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_address[1]}"
import anthropic, openai
one = openai.OpenAI(api_key="k", base_url=f"{address}/v1")
two = anthropic.Anthropic(api_key="k", base_url=address)
request = {"custom_id": "a", "params": {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "Hi"}]}}
ok = True
for name, version, call in (
    ("openai", openai.__version__, lambda: one.batches.create(input_file_id="file-1", endpoint="/v1/chat/completions", completion_window="24h")),
    ("anthropic", anthropic.__version__, lambda: two.messages.batches.create(requests=[request])),
):
    id_, made, keys = counted(call)
    print(f"{name} {version}: create() gave {id_}; the service holds {made} batches; Idempotency-Key: {keys}")
    ok &= made == 2
sys.exit(0 if ok else 1)
PYTHON
"$folder/venv/bin/python" "$folder/twice.py"
