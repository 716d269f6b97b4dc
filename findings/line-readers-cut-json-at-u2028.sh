#!/usr/bin/env bash
# What: JSON may hold U+2028, U+2029 and U+0085 unescaped, and a server-sent event ends only at CR, LF or CR LF. Python's
# str.splitlines ends a line at those three as well, so readers that are built on it cut one `data:` line into several:
# httpx's Response.iter_lines, and requests' iter_lines with decode_unicode=True. The JSON of such an event can't be
# parsed. The vendors' own clients, httpx-sse and requests without decode_unicode read the same bytes whole.
# Why it matters: models write U+2028 now and then (text pasted from web pages), and small scripts against an
# OpenAI-compatible stream are written with iter_lines. A server that escapes the three is read by all.
# Seen with: httpx 0.28.1, httpx-sse 0.4.3, requests 2.34.2, openai 3.57.0, on Python 3.11, 2026-11.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check httpx==0.28.1 httpx-sse==0.4.3 requests==2.34.2 openai==3.57.0

cat >seen.py <<'PY'
import http.server, json, threading
import httpx, httpx_sse, openai, requests

TEXT = "one\u2028two\u2029three\u0085four"

class Handler(http.server.BaseHTTPRequestHandler):
    escaped = False
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()
        def chunk(delta, reason):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            text = json.dumps(body, ensure_ascii=self.escaped)
            self.wfile.write(f"data: {text}\n\n".encode())
        chunk({"role": "assistant", "content": TEXT}, None)
        chunk({}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")
    def log_message(self, *_): pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}/v1"

def content(lines):
    data = [line[6:] for line in lines if line.startswith("data: {")]
    return "".join(json.loads(text)["choices"][0]["delta"].get("content", "") for text in data)

def with_httpx():
    with httpx.stream("POST", base, json={}) as response: return content(list(response.iter_lines()))
def with_requests(unicode):
    response = requests.post(base, json={}, stream=True)
    response.encoding = "utf-8"
    lines = response.iter_lines(decode_unicode=unicode)
    return content([line if unicode else line.decode() for line in lines])
def with_httpx_sse():
    with httpx.Client() as client, httpx_sse.connect_sse(client, "POST", base, json={}) as source:
        return content([f"data: {event.data}" for event in source.iter_sse()])
def with_openai():
    client = openai.OpenAI(base_url=base, api_key="x", max_retries=0)
    stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], stream=True)
    return "".join(part.choices[0].delta.content or "" for part in stream)

readers = {
    "httpx iter_lines": with_httpx, "requests iter_lines(decode_unicode=True)": lambda: with_requests(True),
    "requests iter_lines": lambda: with_requests(False), "httpx-sse": with_httpx_sse, "openai": with_openai,
}
for Handler.escaped in (False, True):
    for name, reader in readers.items():
        try:
            how = "whole" if reader() == TEXT else "another text"
        except json.JSONDecodeError:
            how = "cut: not JSON"
        print(f"{'escaped' if Handler.escaped else 'raw'}, {name}: {how}")
PY
venv/bin/python seen.py | tee seen
cat >expected <<'TXT'
raw, httpx iter_lines: cut: not JSON
raw, requests iter_lines(decode_unicode=True): cut: not JSON
raw, requests iter_lines: whole
raw, httpx-sse: whole
raw, openai: whole
escaped, httpx iter_lines: whole
escaped, requests iter_lines(decode_unicode=True): whole
escaped, requests iter_lines: whole
escaped, httpx-sse: whole
escaped, openai: whole
TXT
diff expected seen
