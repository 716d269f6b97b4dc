"""HTTP: general rules and the routes that are always available."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

from suite.bench import Bench
from suite.case import NotOffered, case, check, equal
from suite.shape import matches, some_text

SECTION = "HTTP General"
HELLO = {"model": "swiftclaw:default", "messages": [{"role": "user", "content": "Say hello."}]}
COMPLETIONS = "/v1/chat/completions"
OPENAI_ERROR = {"error": {"message": some_text, "type": some_text, "param": (None, str), "code": (None, str, int)}}
ERROR = {"error": {"code": some_text, "message": some_text}}


def offered(response: httpx.Response, route: str) -> httpx.Response:
    if response.status_code in (404, 405, 501):
        raise NotOffered(f"{route} answers {response.status_code}")
    return response


@case("H01", SECTION, "GET /health needs no credential: 200, status ok, protocol 3")
async def health(bench: Bench) -> None:
    response = await bench.http(token="").get("/health")
    equal(response.status_code, 200, "the status")
    check(response.headers["content-type"].startswith("application/json"), "it is not JSON")
    matches(response.json(), {"status": "ok", "protocol": 3}, "the body")


@case("H02", SECTION, "GET /ready needs no credential: 200 when all is up")
async def ready(bench: Bench) -> None:
    response = await bench.http(token="").get("/ready")
    equal(response.status_code, 200, "the status")
    matches(response.json(), {"status": some_text}, "the body")


@case("H03", SECTION, "an unknown path is 404 and a wrong method 405 with Allow, in the contract's form")
async def not_there(bench: Bench) -> None:
    client = bench.http()
    response = await client.get("/no/such/path")
    equal(response.status_code, 404, "the status of an unknown path")
    matches(response.json(), ERROR, "the body")
    response = await client.delete("/health")
    equal(response.status_code, 405, "the status of a wrong method")
    check("GET" in response.headers.get("allow", ""), "Allow does not name GET")
    matches(response.json(), ERROR, "the body")
    response = await client.get(COMPLETIONS)
    equal(response.status_code, 405, "the status of GET on chat completions")
    check("POST" in response.headers.get("allow", ""), "Allow does not name POST")


@case("H04", SECTION, "X-Request-Id is on every response; a sane one that the client sent is kept")
async def request_id(bench: Bench) -> None:
    client = bench.http()
    seen = set()
    for path in ("/health", "/no/such/path", COMPLETIONS):
        sent = await client.get(path, headers={"X-Request-Id": "conformance-1.2_3"})
        equal(sent.headers.get("x-request-id"), "conformance-1.2_3", f"X-Request-Id of {path}")
        own = (await client.get(path)).headers.get("x-request-id")
        check(own, f"{path} has no X-Request-Id")
        seen.add(own)
    equal(len(seen), 3, "the number of different ids")
    mad = await client.get("/health", headers={"X-Request-Id": "x" * 3000})
    check(len(mad.headers["x-request-id"]) < 300, "an id of 3000 characters was kept")


@case("H05", SECTION, "a missing or wrong credential is 401 with WWW-Authenticate: Bearer")
async def unauthorized(bench: Bench) -> None:
    for token in ("", "wrong"):
        response = await bench.http(token=token).post(COMPLETIONS, json=HELLO)
        equal(response.status_code, 401, f"the status with the token {token!r}")
        check(response.headers.get("www-authenticate", "").startswith("Bearer"), "WWW-Authenticate is not Bearer")
        matches(response.json(), OPENAI_ERROR, "the body")
    in_query = await bench.http(token="").post(f"{COMPLETIONS}?token={bench.target.token}", json=HELLO)
    check(in_query.status_code in (400, 401), f"a credential in the query: {in_query.status_code}")


@case("H06", SECTION, "the scheme's case does not matter, and x-api-key is taken too")
async def schemes(bench: Bench) -> None:
    client = bench.http(token="")
    for headers in (
        {"Authorization": f"bearer {bench.target.token}"},
        {"Authorization": f"BEARER {bench.target.token}"},
        {"x-api-key": bench.target.token},
    ):
        # An invalid body, which is rejected only after authentication.
        response = await client.post(COMPLETIONS, json={}, headers=headers)
        equal(response.status_code, 400, "the status")


@case("H07", SECTION, "nothing is allowed across origins by default")
async def cross_origin(bench: Bench) -> None:
    client = bench.http()
    for response in (
        await client.get("/health", headers={"Origin": "http://evil.example"}),
        await client.options(
            COMPLETIONS,
            headers={
                "Origin": "http://evil.example",
                "Access-Control-Request-Method": "POST",
            },
        ),
    ):
        check("access-control-allow-origin" not in response.headers, "a foreign origin is allowed")


@case("H08", SECTION, "a body over 1 MiB is 413, chunked too; malformed JSON is 400")
async def bodies(bench: Bench) -> None:
    client = bench.http()
    json_type = {"Content-Type": "application/json"}
    response = await client.post(COMPLETIONS, content=b" " * (1024 * 1024 + 1), headers=json_type)
    equal(response.status_code, 413, "the status of a body over 1 MiB")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(1025):
            yield b" " * 1024

    response = await client.post(COMPLETIONS, content=pieces(), headers=json_type)
    equal(response.status_code, 413, "the status of a chunked body over 1 MiB")
    for text in (b"", b"{", b'{"model":"x",}', b"[]", b'"x"', b"\xff"):
        response = await client.post(COMPLETIONS, content=text, headers=json_type)
        equal(response.status_code, 400, f"the status of the body {text!r}")
        matches(response.json(), OPENAI_ERROR, "the body")


@case("H09", SECTION, "the acting user has 1 to 255 bytes, else 400")
async def acting_user(bench: Bench) -> None:
    client = bench.http()
    for name in ("X-SwiftClaw-User-Id", "X-GoClaw-User-Id"):
        client.headers.pop("X-SwiftClaw-User-Id", None)
        response = await client.post(COMPLETIONS, json=HELLO, headers={name: "x" * 256})
        equal(response.status_code, 400, f"the status for {name} of 256 bytes")
    response = await client.post(COMPLETIONS, json={**HELLO, "user": "x" * 256})
    equal(response.status_code, 400, "the status for user of 256 bytes")


async def _always_there(bench: Bench, path: str, kind: str) -> None:
    response = offered(await bench.http(token="").get(path), f"GET {path}")
    equal(response.status_code, 200, "the status")
    check(kind in response.headers.get("content-type", ""), f"the type is {response.headers.get('content-type')}")


@case("H10", SECTION, "GET / answers the dashboard")
async def dashboard(bench: Bench) -> None:
    response = offered(await bench.http(token="").get("/"), "GET /")
    equal(response.status_code, 200, "the status")
    if "html" not in response.headers.get("content-type", ""):
        raise NotOffered("GET / answers, but with no dashboard yet")


@case("H11", SECTION, "GET /openapi.json answers an OpenAPI 3.1 document with the routes")
async def openapi(bench: Bench) -> None:
    await _always_there(bench, "/openapi.json", "json")
    document = (await bench.http(token="").get("/openapi.json")).json()
    matches(document, {"openapi": lambda text: str(text).startswith("3.1"), "paths": dict}, "the document")
    check(COMPLETIONS in document["paths"], f"{COMPLETIONS} is not in it")


@case("H12", SECTION, "GET /asyncapi.json answers the WebSocket's description")
async def asyncapi(bench: Bench) -> None:
    await _always_there(bench, "/asyncapi.json", "json")


@case("H13", SECTION, "GET /metrics answers Prometheus text to loopback")
async def metrics(bench: Bench) -> None:
    await _always_there(bench, "/metrics", "text/plain")


@case("H14", SECTION, "the routes of sections 3 to 6 of the HTTP contract are there")
async def routes(bench: Bench) -> None:
    client = bench.http()
    missing = []
    for method, path in (
        ("POST", "/v1/responses"),
        ("POST", "/v1/embeddings"),
        ("POST", "/v1/messages"),
        ("POST", "/v1/messages/count_tokens"),
        ("POST", "/v1/runs"),
        ("POST", "/v1/tools/invoke"),
        ("GET", "/v1/tenants"),
        ("GET", "/v1/api-keys"),
        ("GET", "/v1/agents"),
        ("GET", "/v1/sessions"),
        ("GET", "/v1/providers"),
        ("GET", "/v1/skills"),
        ("GET", "/v1/mcp/servers"),
        ("GET", "/v1/cron"),
        ("GET", "/v1/channels/instances"),
        ("GET", "/v1/pairings"),
        ("GET", "/v1/approvals"),
        ("GET", "/v1/traces"),
        ("GET", "/v1/usage"),
        ("GET", "/v1/budgets"),
        ("GET", "/v1/audit"),
    ):
        response = await client.request(method, path, json={} if method == "POST" else None)
        if response.status_code in (404, 405, 501):
            missing.append(f"{method} {path}")
    if missing:
        raise NotOffered(f"not there: {', '.join(missing)}")


@case(
    "H15",
    SECTION,
    "failed attempts are throttled: 401 with Retry-After; a right credential always passes",
    limit=60,
    last=True,
)
async def throttled(bench: Bench) -> None:
    delayed = False
    for attempt in range(1, 16):
        response = await bench.http(token=f"guess-{attempt}").post(COMPLETIONS, json={})
        equal(response.status_code, 401, "the status")
        delayed = "retry-after" in response.headers
        if delayed:
            break
    equal((await bench.http().post(COMPLETIONS, json={})).status_code, 400, "the status with the right credential")
    check(delayed, "15 wrong credentials in a row, and none was answered with Retry-After")
