#!/usr/bin/env bash
# What: the official Python clients of OpenAI and Anthropic send a POST that was answered with 409 Conflict twice more,
# as they do for 408, 429 and every 5xx, although nothing was said of a lock and the request is not idempotent. A header
# `x-should-retry: false` on the answer keeps both from it, whatever the status.
# Why it matters: 409 is what many servers say of an aborted or conflicting job. One that begins work with each POST
# does it three times for such a client, side effects included, before the caller sees an error.
# Seen with: openai 3.57.0, anthropic 2.14.0, on Python 3.11, 2026-11.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check openai==3.57.0 anthropic==2.14.0

cat >seen.py <<'PY'
import http.server, threading
import anthropic, openai

class Handler(http.server.BaseHTTPRequestHandler):
    status, header, posts = 0, False, 0
    def do_POST(self):
        Handler.posts += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"error":{"message":"no","type":"error"}}'
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.header: self.send_header("x-should-retry", "false")
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
said = [{"role": "user", "content": "x"}]

def with_openai():
    openai.OpenAI(base_url=f"{base}/v1", api_key="x").chat.completions.create(model="m", messages=said)
def with_anthropic():
    anthropic.Anthropic(base_url=base, api_key="x").messages.create(model="m", max_tokens=1, messages=said)

for status, header in [(400, False), (409, False), (409, True), (502, False), (502, True)]:
    for name, call, kind in [
        ("openai", with_openai, openai.APIStatusError), ("anthropic", with_anthropic, anthropic.APIStatusError),
    ]:
        Handler.status, Handler.header, Handler.posts = status, header, 0
        try:
            call()
        except kind:
            pass
        print(f"{status}{' x-should-retry: false' if header else ''}, {name}: {Handler.posts} POST")
PY
venv/bin/python seen.py | tee seen
cat >expected <<'TXT'
400, openai: 1 POST
400, anthropic: 1 POST
409, openai: 3 POST
409, anthropic: 3 POST
409 x-should-retry: false, openai: 1 POST
409 x-should-retry: false, anthropic: 1 POST
502, openai: 3 POST
502, anthropic: 3 POST
502 x-should-retry: false, openai: 1 POST
502 x-should-retry: false, anthropic: 1 POST
TXT
diff expected seen
