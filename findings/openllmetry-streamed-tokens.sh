#!/usr/bin/env bash
# opentelemetry-instrumentation-anthropic 0.62.4: a streamed answer's span has a quarter of its input tokens.
#
# What `message_delta` says of tokens is the whole message's count so far, which in a search of the web
# grows with the pages that were read. The instrumentation keeps the input tokens of `message_start`,
# and adds the output tokens of both. The events are those of the example that Anthropic publishes for a
# streamed search; the same answer in one piece has a span with the right counts, and so have both in
# openinference-instrumentation-anthropic 3.1.0. A price made of such spans is less than half of what
# the tokens cost. promptci reads answers whole and counts by their own usage.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install anthropic==2.14.0 opentelemetry-sdk==1.45.2 opentelemetry-instrumentation-anthropic==0.62.4 \
  openinference-instrumentation-anthropic==3.1.0 >"$folder/pip.log" 2>&1 || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/spans.py" <<'PYTHON'
"""One answer in one piece and streamed, from a server on this machine: the tokens of both spans."""
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import anthropic
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

BEGUN = {"input_tokens": 2679, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 3}
ENDED = {**BEGUN, "input_tokens": 10682, "output_tokens": 510, "server_tool_use": {"web_search_requests": 1}}
MESSAGE = {
    "type": "message", "id": "msg_1", "role": "assistant", "model": "claude-sonnet-4-6", "content": [],
    "stop_reason": None, "stop_sequence": None, "usage": BEGUN,
}
TEXT = {"type": "text", "text": "Sunny."}
EVENTS = [
    {"type": "message_start", "message": MESSAGE},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": TEXT["text"]}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": ENDED},
    {"type": "message_stop"},
]
WHOLE = {**MESSAGE, "content": [TEXT], "stop_reason": "end_turn", "usage": ENDED}


class Server(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        streamed = asked.get("stream")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if streamed else "application/json")
        self.end_headers()
        lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in EVENTS]
        self.wfile.write(("".join(lines) if streamed else json.dumps(WHOLE)).encode())


def counts(instrumentor, names):
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    instrumentor.instrument(tracer_provider=provider)
    client = anthropic.Anthropic(api_key="none", base_url=f"http://127.0.0.1:{server.server_port}")
    asked = {
        "model": MESSAGE["model"],
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": "What is the weather in New York today?"}],
        "tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 5}],
    }
    client.messages.create(**asked)
    for _ in client.messages.create(**asked, stream=True):
        pass
    instrumentor.uninstrument()
    return [tuple(span.attributes[name] for name in names) for span in kept.get_finished_spans()]


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
from openinference.instrumentation.anthropic import AnthropicInstrumentor as OpenInference
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor as OpenLLMetry

right = (ENDED["input_tokens"], ENDED["output_tokens"])
print(f"the answer's own usage: input and output tokens {right}")
found = []
for package, instrumentor, names in (
    ("opentelemetry-instrumentation-anthropic", OpenLLMetry(), ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")),
    ("openinference-instrumentation-anthropic", OpenInference(), ("llm.token_count.prompt", "llm.token_count.completion")),
):
    whole, streamed = counts(instrumentor, names)
    found += [whole, streamed]
    print(f"{package} {version(package)}: in one piece {whole}, streamed {streamed}")
server.shutdown()
sys.exit(0 if found == [right, (2679, 513), right, right] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/spans.py"
