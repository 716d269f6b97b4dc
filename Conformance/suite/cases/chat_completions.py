"""HTTP section 3: POST /v1/chat/completions, byte by byte."""

from __future__ import annotations

import json
import time
from typing import Any

from suite.bench import COUNT, SUM, Bench
from suite.case import Skip, case, check, equal
from suite.cases.http_general import COMPLETIONS, HELLO, OPENAI_ERROR
from suite.shape import count, matches, positive, some_text

SECTION = "HTTP Chat completions"
USAGE = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}
FINISH = ("stop", "length", "tool_calls", "content_filter")
COMPLETION = {
    "id": some_text,
    "object": "chat.completion",
    "created": positive,
    "model": some_text,
    "usage": USAGE,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": str}, "finish_reason": FINISH}],
}
CHUNK = {
    "id": some_text,
    "object": "chat.completion.chunk",
    "created": positive,
    "model": some_text,
    "choices": [{"index": 0, "delta": dict, "finish_reason?": (None, *FINISH)}],
}


def asking(text: str, **fields: Any) -> dict[str, Any]:
    return {"model": "swiftclaw:default", "messages": [{"role": "user", "content": text}], **fields}


async def plain(bench: Bench, body: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
    response = await bench.http().post(COMPLETIONS, json=body, headers=headers)
    equal(response.status_code, 200, "the status")
    answer: dict[str, Any] = response.json()
    return answer


async def streamed(bench: Bench, body: dict[str, Any]) -> tuple[list[dict[str, Any]], list[float], list[str]]:
    """The chunks, their times of arrival, and all lines of the stream."""
    chunks: list[dict[str, Any]] = []
    times: list[float] = []
    lines: list[str] = []
    async with bench.http().stream("POST", COMPLETIONS, json={**body, "stream": True}) as response:
        equal(response.status_code, 200, "the status")
        kind = response.headers.get("content-type", "")
        check(kind.startswith("text/event-stream"), f"the type is {kind}")
        check(response.headers.get("x-swiftclaw-run-id"), "X-SwiftClaw-Run-Id is missing")
        async for line in response.aiter_lines():
            bench.note("sse <-", line)
            lines.append(line)
            if line.startswith("data: {"):
                chunks.append(json.loads(line.removeprefix("data: ")))
                times.append(time.monotonic())
    return chunks, times, lines


def text_of(chunks: list[dict[str, Any]]) -> str:
    return "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])


@case("O01", SECTION, "a plain answer has OpenAI's form and names the run", limit=60)
async def answer(bench: Bench) -> None:
    response = await bench.http().post(COMPLETIONS, json=HELLO)
    equal(response.status_code, 200, "the status")
    body = response.json()
    matches(body, COMPLETION, "the body")
    equal(len(body["choices"]), 1, "the number of choices")
    usage = body["usage"]
    equal(usage["prompt_tokens"] + usage["completion_tokens"], usage["total_tokens"], "the sum of the tokens")
    check(response.headers.get("x-swiftclaw-run-id"), "X-SwiftClaw-Run-Id is missing")
    check(abs(body["created"] - time.time()) < 300, "created is not the time in seconds")


@case("O02", SECTION, "a streamed answer: delta.role first, then text, finish_reason last, then [DONE]", limit=60)
async def stream(bench: Bench) -> None:
    chunks, _, lines = await streamed(bench, asking(COUNT))
    for chunk in chunks:
        matches(chunk, CHUNK, "the chunk")
        check("usage" not in chunk or chunk["usage"] is None, "usage came unasked")
    equal(chunks[0]["choices"][0]["delta"].get("role"), "assistant", "the role of the first delta")
    equal(len({chunk["id"] for chunk in chunks}), 1, "the number of ids")
    reasons = [chunk["choices"][0].get("finish_reason") for chunk in chunks]
    equal(reasons[-1], "stop", "the last finish_reason")
    check(all(reason is None for reason in reasons[:-1]), "finish_reason came before the last chunk")
    check(text_of(chunks) != "", "no text came")
    data = [line for line in lines if line.startswith("data:")]
    equal(data[-1], "data: [DONE]", "the last line")
    for line in lines:
        check(line == "" or line.startswith(("data: ", ":")), f"{line!r} is no line of this stream")


@case("O03", SECTION, "usage comes last, in a chunk without choices, if stream_options.include_usage asks", limit=60)
async def stream_usage(bench: Bench) -> None:
    chunks, _, _ = await streamed(bench, asking(COUNT, stream_options={"include_usage": True}))
    matches(chunks[-1], {"choices": list, "usage": USAGE}, "the last chunk")
    equal(chunks[-1]["choices"], [], "its choices")
    equal(chunks[-2]["choices"][0]["finish_reason"], "stop", "finish_reason of the chunk before")


@case("O04", SECTION, "text deltas come as the model speaks, not at the run's end", limit=60)
async def timely(bench: Bench) -> None:
    chunks, times, _ = await streamed(bench, asking("count slowly to 8"))
    texts = [at for chunk, at in zip(chunks, times) if text_of([chunk])]
    if len(texts) < 3:
        raise Skip("the model spoke in fewer than three pieces")
    check(texts[-1] - texts[0] > 0.2, f"{len(texts)} deltas came within {texts[-1] - texts[0]:.3f} s")


@case("O05", SECTION, "tools of the agent are used within the call; the answer is the last round", limit=60)
async def with_tool(bench: Bench) -> None:
    body = await plain(bench, asking(SUM))
    matches(body, COMPLETION, "the body")
    equal(body["choices"][0]["finish_reason"], "stop", "finish_reason")
    if "391" not in body["choices"][0]["message"]["content"]:
        raise Skip("the model did not work out 17 * 23")


@case("O06", SECTION, "model names an agent in any of four ways, or the header does; an unknown one is 404", limit=60)
async def models(bench: Bench) -> None:
    for model in ("swiftclaw:default", "goclaw:default", "agent:default", "default"):
        matches(await plain(bench, {**HELLO, "model": model}), COMPLETION, "the body")
    without = {"messages": HELLO["messages"]}
    for header in ("X-SwiftClaw-Agent-Id", "X-GoClaw-Agent-Id"):
        matches(await plain(bench, without, {header: "default"}), COMPLETION, "the body")
    for model in ("swiftclaw:no-such-agent", "no-such-model-conformance"):
        response = await bench.http().post(COMPLETIONS, json={**HELLO, "model": model})
        equal(response.status_code, 404, f"the status for {model}")
        matches(response.json(), OPENAI_ERROR, "the body")
    response = await bench.http().post(COMPLETIONS, json=without, headers={"X-SwiftClaw-Agent-Id": "no-such-agent"})
    equal(response.status_code, 404, "the status for an unknown agent in the header")


@case("O07", SECTION, "what is wrong with a request is 400 in OpenAI's form, naming the field", limit=60)
async def refused(bench: Bench) -> None:
    client = bench.http()
    user = {"role": "user", "content": "x"}
    for body, param in (
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]}]}, "messages"),
        ({"messages": [user], "n": 2}, "n"),
        ({"messages": [user], "stream": "yes"}, "stream"),
        ({"messages": [user], "temperature": "hot"}, "temperature"),
        ({"messages": [user], "logprobs": True}, "logprobs"),
    ):
        response = await client.post(COMPLETIONS, json={"model": "swiftclaw:default", **body})
        equal(response.status_code, 400, f"the status for {body}")
        matches(response.json(), OPENAI_ERROR, "the body")
        named = str(response.json()["error"])
        check(param in named, f"the error for {body} does not name {param}: {named}")
    for field, value in (("n", 2), ("logprobs", True)):
        response = await client.post(COMPLETIONS, json={**HELLO, field: value})
        equal(response.json()["error"]["code"], "unsupported_parameter", f"the code for {field}")


@case("O08", SECTION, "unknown fields are ignored; what is honoured is taken", limit=60)
async def fields(bench: Bench) -> None:
    body = asking(
        "Say hello.",
        temperature=0.5,
        top_p=0.9,
        max_tokens=200,
        seed=1,
        surprise={"a": 1},
        n=1,
        metadata={"x": "y"},
        stop=None,
        user=bench.user,
    )
    matches(await plain(bench, body), COMPLETION, "the body")


@case("O09", SECTION, "content may be parts of text; system, developer and earlier turns are context", limit=60)
async def parts(bench: Bench) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": [{"type": "text", "text": "what is "}, {"type": "text", "text": "17 * 23?"}]},
    ]
    body = await plain(bench, {"model": "swiftclaw:default", "messages": messages})
    if "391" not in body["choices"][0]["message"]["content"]:
        raise Skip("the model did not answer the question that the parts make together")


@case("O10", SECTION, "with a session the call continues it, and WebSocket sees the same transcript", limit=60)
async def session(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    first = await plain(bench, asking("Say the word apple."), {"X-SwiftClaw-Session": key})
    second = await plain(bench, asking("Say the word pear.", metadata={"session_key": key}))
    messages = (await wire.ok("chat.history", {"sessionKey": key}))["messages"]
    said = [message["content"] for message in messages if message["role"] == "user"]
    equal(said, ["Say the word apple.", "Say the word pear."], "the user's messages")
    answers = [message["content"] for message in messages if message["role"] == "assistant"]
    expected = [body["choices"][0]["message"]["content"] for body in (first, second)]
    equal(answers, expected, "the answers in the transcript")
    starts = [event["payload"]["source"] for event in wire.events(key) if event["event"] == "run.started"]
    equal(starts, ["http", "http"], "the source of the runs")


@case("O11", SECTION, "a call without a session is stateless: the next one knows nothing of it", limit=60)
async def stateless(bench: Bench) -> None:
    marker = f"word{bench.user[-6:]}"
    await plain(bench, asking(f"my name is {marker}"))
    body = await plain(bench, asking("what is my name?"))
    check(marker not in body["choices"][0]["message"]["content"], "the second call knows what the first one said")


@case("O12", SECTION, "Idempotency-Key: the same body answers as the first did; another body is 409", limit=60)
async def idempotency(bench: Bench) -> None:
    client = bench.http()
    headers = {"Idempotency-Key": f"h-{bench.user}"}
    first = await client.post(COMPLETIONS, json=HELLO, headers=headers)
    again = await client.post(COMPLETIONS, json=HELLO, headers=headers)
    equal([first.status_code, again.status_code], [200, 200], "the statuses")
    run = first.headers.get("x-swiftclaw-run-id")
    equal(again.headers.get("x-swiftclaw-run-id"), run, "the run of the repeated request")
    equal(again.json()["choices"], first.json()["choices"], "the repeated answer")
    other = await client.post(COMPLETIONS, json=asking("Something else."), headers=headers)
    equal(other.status_code, 409, "the status of another body")
    matches(other.json(), OPENAI_ERROR, "the body")


@case("O13", SECTION, "a client that leaves does not abort the run, unless it said abort_on_disconnect", limit=90)
async def leaves(bench: Bench) -> None:
    wire = await bench.connect()
    for abort in (False, True):
        key = bench.session(str(abort))
        metadata = {"session_key": key, **({"abort_on_disconnect": "true"} if abort else {})}
        prompt = "count slowly to 10"
        body = asking(prompt, stream=True, metadata=metadata)
        async with bench.http().stream("POST", COMPLETIONS, json=body) as response:
            async for line in response.aiter_lines():
                if '"content":"' in line.replace(" ", "") and '"content":""' not in line.replace(" ", ""):
                    break
        run = response.headers["x-swiftclaw-run-id"]
        end = await wire.run_end(run, timeout=bench.patience)
        if not abort:
            equal(end["event"], "run.completed", "the end of the run that was left")
        elif end["event"] == "run.completed":
            check(end["payload"]["durationMs"] < 1500, "the run was not aborted")
            raise Skip(f"the run ended before the client had left; {prompt!r} should take longer")
        else:
            equal(end["payload"]["error"]["code"], "ABORTED", "the code")


@case("O14", SECTION, "the caller's own functions: a call to one ends the turn with finish_reason tool_calls", limit=60)
async def functions(bench: Bench) -> None:
    tool = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather of a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
    body = asking("What is the weather in Berlin? Use get_weather.", tools=[tool])
    response = await bench.http().post(COMPLETIONS, json=body)
    if response.status_code == 400 and "tools" in response.text:
        raise Skip("the server refuses the caller's own tools as unsupported")
    equal(response.status_code, 200, "the status")
    choice = response.json()["choices"][0]
    if choice["finish_reason"] != "tool_calls":
        raise Skip("the model called none of the caller's functions")
    call = choice["message"]["tool_calls"][0]
    matches(
        call, {"id": some_text, "type": "function", "function": {"name": "get_weather", "arguments": str}}, "the call"
    )
