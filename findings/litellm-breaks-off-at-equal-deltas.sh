#!/usr/bin/env bash
# What: litellm ends a stream of chat.completion.chunk with an InternalServerError when the deltas of 101 neighbouring
# chunks are equal and have three characters or more: it takes that for a model that repeats itself. 100 equal ones, and
# any number of deltas of two characters, are read to the end. The official client reads all of them.
# Why it matters: a server that passes tokens on one by one breaks such clients with an ordinary text: rules of a table
# ("---"), runs of blanks in code, counted beats. One that never sends two equal deltas in a row is read by all.
# Seen with: litellm 1.110.2, openai 3.57.0, on Python 3.11, 2026-11.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check litellm==1.110.2 openai==3.57.0

cat >seen.py <<'PY'
import http.server, json, threading
import litellm, openai

class Handler(http.server.BaseHTTPRequestHandler):
    delta, count = "", 0
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        def chunk(delta, reason=None):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(body)}\n\n".encode())
        chunk({"role": "assistant", "content": ""})
        for _ in range(self.count): chunk({"content": self.delta})
        chunk({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")
    def log_message(self, *_): pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}/v1"
said = [{"role": "user", "content": "x"}]

def text(stream): return "".join(part.choices[0].delta.content or "" for part in stream)
def with_litellm():
    return text(litellm.completion(
        model="openai/m", api_base=base, api_key="x", messages=said, stream=True, num_retries=0))
def with_openai():
    client = openai.OpenAI(base_url=base, api_key="x", max_retries=0)
    return text(client.chat.completions.create(model="m", messages=said, stream=True))

for name, reader, delta, count in [
    ("litellm", with_litellm, "abc", 100), ("litellm", with_litellm, "abc", 101),
    ("litellm", with_litellm, "ab", 1000), ("openai", with_openai, "abc", 1000),
]:
    Handler.delta, Handler.count = delta, count
    try:
        how = "whole" if reader() == delta * count else "another text"
    except Exception as error:
        how = "an error" + (": repeating" if "repeating the same chunk" in str(error) else f": {error}")
    print(f"{name}, {count} deltas {delta!r}: {how}")
PY
LITELLM_LOCAL_MODEL_COST_MAP=True venv/bin/python seen.py 2>/dev/null | grep ' deltas ' | tee seen
cat >expected <<'TXT'
litellm, 100 deltas 'abc': whole
litellm, 101 deltas 'abc': an error: repeating
litellm, 1000 deltas 'ab': whole
openai, 1000 deltas 'abc': whole
TXT
diff expected seen
