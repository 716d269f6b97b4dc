"""HTTP section 3 with the official `openai` client."""

from __future__ import annotations

import asyncio

import openai

from suite.bench import COUNT, LONG, SHORT, Bench
from suite.case import Failure, NotOffered, Skip, case, check, equal

SECTION = "HTTP openai client"


def client(bench: Bench, token: str | None = None, retries: int = 0) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        base_url=f"{bench.target.url}/v1",
        api_key=token or bench.target.token,
        max_retries=retries,
        timeout=bench.patience,
        default_headers={"X-SwiftClaw-User-Id": bench.acting_user()},
    )


@case("E01", SECTION, "chat.completions.create, plain", limit=60)
async def plain(bench: Bench) -> None:
    answer = await client(bench).chat.completions.create(
        model="swiftclaw:default", messages=[{"role": "user", "content": SHORT}]
    )
    choice = answer.choices[0]
    equal([choice.message.role, choice.finish_reason], ["assistant", "stop"], "role and finish_reason")
    check(choice.message.content, "the content is empty")
    check(answer.usage and answer.usage.total_tokens > 0, "usage is missing")


@case("E02", SECTION, "chat.completions.create, streamed, with usage", limit=60)
async def streamed(bench: Bench) -> None:
    stream = await client(bench).chat.completions.create(
        model="swiftclaw:default",
        messages=[{"role": "user", "content": COUNT}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    check(text != "", "no text came")
    usage = chunks[-1].usage
    check(usage and usage.completion_tokens > 0, "usage is missing")


@case("E03", SECTION, "the client's stream helper puts the whole answer together", limit=60)
async def helper(bench: Bench) -> None:
    async with client(bench).chat.completions.stream(
        model="swiftclaw:default", messages=[{"role": "user", "content": COUNT}]
    ) as stream:
        deltas = [event.delta async for event in stream if event.type == "content.delta"]
        final = await stream.get_final_completion()
    equal("".join(deltas), final.choices[0].message.content, "the deltas together")


@case("E04", SECTION, "errors become the client's exceptions: 401, 404, 400")
async def errors(bench: Bench) -> None:
    async def expect(kind: type[openai.APIStatusError], token: str | None = None, **fields: object) -> None:
        given = {"model": "swiftclaw:default", "messages": [{"role": "user", "content": "x"}], **fields}
        try:
            await client(bench, token).chat.completions.create(**given)  # type: ignore[call-overload]
        except kind as error:
            check(error.body, f"{kind.__name__} has no body")
            return
        raise Failure(f"no {kind.__name__} for {fields}")

    await expect(openai.AuthenticationError, token="wrong")
    await expect(openai.NotFoundError, model="swiftclaw:no-such-agent")
    await expect(openai.BadRequestError, n=2)


@case("E05", SECTION, "models.list names the agents as swiftclaw:<key>")
async def models(bench: Bench) -> None:
    try:
        listed = await client(bench).models.list()
    except openai.NotFoundError:
        raise NotOffered("GET /v1/models answers 404") from None
    names = [model.id async for model in listed]
    check("swiftclaw:default" in names, f"swiftclaw:default is not among {names}")


@case("E08", SECTION, "models.retrieve finds what models.list names; another is 404")
async def model(bench: Bench) -> None:
    try:
        one = await client(bench).models.retrieve("swiftclaw:default")
    except openai.NotFoundError as error:
        raise NotOffered(f"GET /v1/models/swiftclaw:default answers 404: {error.body}") from None
    equal([one.id, one.object], ["swiftclaw:default", "model"], "id and object")
    try:
        await client(bench).models.retrieve("no-such-model-conformance")
    except openai.NotFoundError:
        return
    raise Failure("an unknown model is found")


@case("E06", SECTION, "responses.create, plain", limit=60)
async def responses(bench: Bench) -> None:
    try:
        answer = await client(bench).responses.create(model="swiftclaw:default", input=SHORT)
    except (openai.NotFoundError, openai.APIStatusError) as error:
        if error.status_code in (404, 405, 501):
            raise NotOffered(f"POST /v1/responses answers {error.status_code}") from None
        raise
    check(answer.output_text, "output_text is empty")
    equal(answer.status, "completed", "the status")


@case("E07", SECTION, "many calls at once are all answered", limit=90)
async def many(bench: Bench) -> None:
    shared = client(bench)
    answers = await asyncio.gather(
        *(
            shared.chat.completions.create(model="swiftclaw:default", messages=[{"role": "user", "content": COUNT}])
            for _ in range(10)
        )
    )
    equal(len({answer.id for answer in answers}), 10, "the number of different ids")


@case("E09", SECTION, "a run that is aborted is not started again by the client's own retries", limit=60)
async def aborted(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    call = asyncio.create_task(
        client(bench, retries=2).chat.completions.create(
            model="swiftclaw:default",
            messages=[{"role": "user", "content": LONG}],
            extra_headers={"X-SwiftClaw-Session": key, "X-SwiftClaw-User-Id": bench.user},
        )
    )
    index = await wire.event("run.started", timeout=bench.patience)
    run = wire.frames[index]["payload"]["runId"]
    payload = await wire.ok("chat.abort", {"runId": run}, timeout=5)
    if payload.get("aborted") is False:
        call.cancel()
        raise Skip(f"the model's run ended before the abort; {LONG!r} should take longer")
    try:
        answer = await call
    except openai.APIStatusError as error:
        check(error.body, "the error has no body")
    else:
        raise Failure(f"an aborted run was answered: {answer}")
    await wire.silence()
    runs = [frame["payload"]["runId"] for frame in wire.events(key) if frame["event"] == "run.started"]
    equal(runs, [run], "the runs that were started")
