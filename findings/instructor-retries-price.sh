#!/usr/bin/env bash
# instructor 1.17.0: two calls of 120,000 tokens are priced as one of 240,000, at twice the rate.
#
# Where an answer does not fit its model and is asked again, instructor writes the sum of all attempts
# into the `usage` of the last one. That is right for tokens, and wrong for whatever makes a price of it:
# a model with another rate above 200,000 tokens has it for a request, and no request had so many. By
# genai-prices 0.2.3 the two calls cost 0.492 dollars, and the completion that `create_with_completion`
# returns 0.978. A hook on `completion:response` that keeps the responses has the first call twice in
# its sum, as the sum is written into them once the hook has run. promptci prices every call by itself.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" -q install instructor==1.17.0 openai==3.3.0 genai-prices==0.2.3 >"$folder/pip.log" 2>&1 \
  || { cat "$folder/pip.log"; exit 2; }
cat >"$folder/retries.py" <<'PYTHON'
"""One answer that does not fit and one that does, from a server on this machine: tokens and prices."""
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import version

import instructor
import openai
from genai_prices import Usage, calc_price
from pydantic import BaseModel

MODEL = "gemini-3.1-pro-preview"
USAGE = {"prompt_tokens": 120_000, "completion_tokens": 500, "total_tokens": 120_500}
ANSWERS = ['{"amount": "twelve"}', '{"amount": 12}']


class Refund(BaseModel):
    amount: int


class Server(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        message = {"role": "assistant", "content": ANSWERS[len(sent)]}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        answer = {"id": "1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice], "usage": USAGE}
        sent.append(price(USAGE["prompt_tokens"], USAGE["completion_tokens"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())


def price(inputs, outputs):
    usage = Usage(input_tokens=inputs, output_tokens=outputs)
    return float(calc_price(usage, model_ref=MODEL, provider_id="google").total_price)


sent, kept, at_once = [], [], []
server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}/v1"
client = instructor.from_openai(openai.OpenAI(api_key="none", base_url=address), mode=instructor.Mode.JSON)
client.on("completion:response", kept.append)
client.on("completion:response", lambda response: at_once.append(response.usage.total_tokens))
refund, completion = client.chat.completions.create_with_completion(
    model=MODEL, response_model=Refund, max_retries=2, messages=[{"role": "user", "content": "A long file. How much is refunded?"}]
)
server.shutdown()
usage = completion.usage
kept_tokens = [response.usage.total_tokens for response in kept]
dollars = [round(sum(sent), 3), round(price(usage.prompt_tokens, usage.completion_tokens), 3)]
print(f"instructor {version('instructor')}, genai-prices {version('genai-prices')}, {MODEL}: amount {refund.amount}")
print(f"sent: {len(sent)} calls of {USAGE['prompt_tokens']} and {USAGE['completion_tokens']} tokens, {dollars[0]} dollars")
print(f"the completion: {usage.prompt_tokens} and {usage.completion_tokens} tokens, {dollars[1]} dollars")
print(f"tokens of the responses: {at_once} inside of a hook, {kept_tokens} of those that it kept, together {sum(kept_tokens)}")
found = (dollars, usage.total_tokens, at_once, kept_tokens)
sys.exit(0 if found == ([0.492, 0.978], 241_000, [120_500, 120_500], [120_500, 241_000]) else 1)
PYTHON
"$folder/venv/bin/python" "$folder/retries.py"
