"""Section 4: sessions and their transcripts."""

from __future__ import annotations

from suite.bench import LONG, SHORT, Bench
from suite.case import Skip, case, check, equal
from suite.shape import count, matches, positive, rfc3339, some_text
from suite.wire import JSON, Wire

SECTION = "4 Sessions"

MESSAGE = {
    "seq": positive,
    "id": some_text,
    "role": ("user", "assistant", "tool", "system"),
    "createdAt": rfc3339,
    "content?": str,
    "runId?": str,
    "tool_calls?": [{"id": str, "name": str, "arguments": dict}],
    "tool_call_id?": str,
    "is_error?": bool,
    "usage?": dict,
}
SESSION = {
    "key": some_text,
    "agentId": some_text,
    "userId": some_text,
    "label": str,
    "channel": str,
    "messageCount": count,
    "model": str,
    "inputTokens": count,
    "outputTokens": count,
    "created": rfc3339,
    "updated": rfc3339,
    "isRunning": bool,
}


async def gone(wire: Wire, key: str) -> None:
    """Expects that nothing of the session is visible: NOT_FOUND or an empty page, either is allowed."""
    response = await wire.call("chat.history", {"sessionKey": key})
    if response["ok"]:
        equal(response["payload"]["messages"], [], "the messages of a session that is not there")
    else:
        equal(response["error"]["code"], "NOT_FOUND", "the code for a session that is not there")


async def keys(wire: Wire, params: JSON | None = None) -> list[str]:
    payload = await wire.ok("sessions.list", params)
    return [session["key"] for session in payload["sessions"]]


@case("S01", SECTION, "chat.history answers the transcript, oldest first, in the contract's form", limit=60)
async def history(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    text = 'Grüße, 👩‍👩‍👧‍👦 e\u0301 \u2028 \t\n"\\ end'
    run = await bench.chat(wire, text, sessionKey=key)
    payload = await wire.ok("chat.history", {"sessionKey": key})
    matches(
        payload,
        {"sessionKey": key, "messages": [MESSAGE], "nextBefore?": (None, int), "resumeSeq": count},
        "the payload",
    )
    messages = payload["messages"]
    equal([messages[0]["role"], messages[-1]["role"]], ["user", "assistant"], "the first and the last role")
    equal(messages[0]["content"], text, "the user's message")
    equal(messages[-1]["content"], run["content"], "the assistant's message")
    numbers = [message["seq"] for message in messages]
    equal(numbers, sorted(set(numbers)), "the order of seq")
    equal(len({message["id"] for message in messages}), len(messages), "the number of different ids")


@case("S02", SECTION, "chat.history pages backwards with limit and before, without gap or repeat", limit=120)
async def paging(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    for number in range(3):
        await bench.chat(wire, f"Say the number {number}.", sessionKey=key)
    whole = (await wire.ok("chat.history", {"sessionKey": key}))["messages"]
    paged: list[JSON] = []
    params: JSON = {"sessionKey": key, "limit": 2}
    for _ in range(len(whole) + 1):
        page = await wire.ok("chat.history", params)
        check(len(page["messages"]) <= 2, f"a page of 2 has {len(page['messages'])} messages")
        paged = page["messages"] + paged
        if page.get("nextBefore") is None:
            break
        params["before"] = page["nextBefore"]
    equal([message["seq"] for message in paged], [message["seq"] for message in whole], "the pages together")
    for limit in (0, -1, 501):
        await wire.refused("INVALID_REQUEST", "chat.history", {"sessionKey": key, "limit": limit})
    await wire.ok("chat.history", {"sessionKey": key, "limit": 500})


@case("S03", SECTION, "an unknown session is NOT_FOUND for label, delete and abort")
async def unknown(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session("none")
    await wire.refused("NOT_FOUND", "sessions.label", {"key": key, "label": "x"})
    await wire.refused("NOT_FOUND", "sessions.delete", {"key": key})
    await wire.refused("NOT_FOUND", "chat.abort", {"sessionKey": key})
    await wire.refused("NOT_FOUND", "chat.abort", {"runId": "no-such-run"})


@case("S04", SECTION, "sessions.list is newest first, in the contract's form, and pages with a cursor", limit=120)
async def listing(bench: Bench) -> None:
    wire = await bench.connect()
    names = [bench.session(name) for name in ("one", "two", "three")]
    for key in names:
        await bench.chat(wire, SHORT, sessionKey=key)
    payload = await wire.ok("sessions.list", {"userId": bench.user})
    matches(payload, {"sessions": [SESSION], "nextCursor?": (None, str)}, "the payload")
    listed = [session["key"] for session in payload["sessions"]]
    equal(listed, names[::-1], "the sessions")
    for session in payload["sessions"]:
        equal(
            [session["userId"], session["agentId"], session["isRunning"]],
            [bench.user, "default", False],
            "userId, agentId and isRunning",
        )
        check(session["messageCount"] >= 2, f"messageCount is {session['messageCount']} after one run")
    first = await wire.ok("sessions.list", {"userId": bench.user, "limit": 2})
    check(first.get("nextCursor"), "a full page has no nextCursor")
    rest = await wire.ok("sessions.list", {"userId": bench.user, "limit": 2, "cursor": first["nextCursor"]})
    paged = [session["key"] for session in first["sessions"] + rest["sessions"]]
    equal(paged, names[::-1], "the pages together")
    check(not rest.get("nextCursor"), "the last page has a nextCursor")
    # A session that is used again moves to the top.
    await bench.chat(wire, SHORT, sessionKey=names[0])
    equal((await keys(wire, {"userId": bench.user}))[0], names[0], "the newest session")


@case("S05", SECTION, "sessions.list checks limit and cursor, and filters by agentId", limit=60)
async def listing_rules(bench: Bench) -> None:
    wire = await bench.connect()
    await bench.chat(wire, SHORT, sessionKey=bench.session())
    for limit in (0, -1, 201):
        await wire.refused("INVALID_REQUEST", "sessions.list", {"limit": limit})
    await wire.refused("INVALID_REQUEST", "sessions.list", {"cursor": "no cursor of this server"})
    equal(await keys(wire, {"userId": bench.user, "agentId": "default"}), [bench.session()], "the default agent's")
    response = await wire.call("sessions.list", {"userId": bench.user, "agentId": "no-such-agent"})
    if response["ok"]:
        equal(response["payload"]["sessions"], [], "the sessions of an unknown agent")
    else:
        equal(response["error"]["code"], "NOT_FOUND", "the code for an unknown agent")


@case("S06", SECTION, "a label has 0 to 200 characters; an empty one clears", limit=60)
async def label(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    for text in ("Reise nach Köln", "é" * 200, "👍" * 200, ""):
        payload = await wire.ok("sessions.label", {"key": key, "label": text})
        matches(payload, {"ok": True, "key": key, "label": text}, "the payload")
        listed = (await wire.ok("sessions.list", {"userId": bench.user}))["sessions"]
        equal(listed[0]["label"], text, "the listed label")
    await wire.refused("INVALID_REQUEST", "sessions.label", {"key": key, "label": "x" * 201})
    await wire.refused("INVALID_REQUEST", "sessions.label", {"key": key, "label": None})


@case("S07", SECTION, "sessions.list finds with query what a label says", limit=60)
async def query(bench: Bench) -> None:
    wire = await bench.connect()
    for name in ("apple", "pear"):
        await bench.chat(wire, SHORT, sessionKey=bench.session(name))
        await wire.ok("sessions.label", {"key": bench.session(name), "label": f"All about {name}s"})
    found = await keys(wire, {"userId": bench.user, "query": "about apple"})
    equal(found, [bench.session("apple")], "the sessions found")
    equal(await keys(wire, {"userId": bench.user, "query": "100%_"}), [], "the sessions found for 100%_")


@case("S08", SECTION, "sessions.delete takes the session away; a second time it is NOT_FOUND", limit=60)
async def delete(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    matches(await wire.ok("sessions.delete", {"key": key}), {"ok": True}, "the payload")
    await wire.refused("NOT_FOUND", "sessions.delete", {"key": key})
    await gone(wire, key)
    equal(await keys(wire, {"userId": bench.user}), [], "the sessions that are left")


@case("S09", SECTION, "sessions.delete aborts a running run first", limit=60)
async def delete_running(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    run = (await wire.ok("chat.send", {"message": LONG, "sessionKey": key, "wait": False}))["runId"]
    await wire.event(("chunk", "run.completed"), run=run, timeout=bench.patience)
    start = len(wire.frames)
    await wire.ok("sessions.delete", {"key": key})
    end = await wire.run_end(run, timeout=5)
    if end["event"] == "run.completed" and end not in wire.frames[start:]:
        raise Skip("the run ended before it could be aborted")
    equal(end["event"], "run.failed", "the run's end")
    equal(end["payload"]["error"]["code"], "ABORTED", "the code")
    await gone(wire, key)


@case("S10", SECTION, "seq never goes back for a key, not even after a delete", limit=60)
async def seq_after_delete(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    last = wire.events(key)[-1]["seq"]
    await wire.ok("sessions.delete", {"key": key})
    start = len(wire.frames)
    await bench.chat(wire, SHORT, sessionKey=key)
    first = wire.events(key, start)[0]["seq"]
    check(first > last, f"seq {first} came after {last}")


@case("S11", SECTION, "two users may have the same key and never meet; another's object is NOT_FOUND", limit=60)
async def two_users(bench: Bench) -> None:
    key = bench.session()
    mine, theirs = await bench.connect(), await bench.connect(bench.other_user())
    await bench.chat(mine, "Say the word apple.", sessionKey=key)
    await gone(theirs, key)
    await theirs.refused("NOT_FOUND", "sessions.delete", {"key": key})
    await theirs.refused("NOT_FOUND", "sessions.label", {"key": key, "label": "x"})
    await theirs.refused("NOT_FOUND", "chat.abort", {"sessionKey": key})
    await bench.chat(theirs, "Say the word pear.", sessionKey=key)
    equal(theirs.events(key)[0]["seq"], 1, "the first seq of the other user's session")
    for wire, own, other in ((mine, "apple", "pear"), (theirs, "pear", "apple")):
        said = str((await wire.ok("chat.history", {"sessionKey": key}))["messages"])
        check(own in said and other not in said, "the transcripts are mixed")
    await theirs.ok("sessions.delete", {"key": key})
    await mine.ok("chat.history", {"sessionKey": key})


@case("S12", SECTION, "methods that take a key also take userId, for admins", limit=60)
async def on_behalf(bench: Bench) -> None:
    key = bench.session()
    mine, admin = await bench.connect(), await bench.connect(bench.other_user())
    await bench.chat(mine, SHORT, sessionKey=key)
    own = await mine.ok("chat.history", {"sessionKey": key})
    equal(await admin.ok("chat.history", {"sessionKey": key, "userId": bench.user}), own, "the history by userId")
    await admin.ok("sessions.label", {"key": key, "label": "by admin", "userId": bench.user})
    equal((await mine.ok("sessions.list", {"userId": bench.user}))["sessions"][0]["label"], "by admin", "the label")
    await admin.ok("sessions.delete", {"key": key, "userId": bench.user})
    await gone(mine, key)


@case("S13", SECTION, "chat.history of another's session is answered as that of one that does not exist", limit=60)
async def no_history(bench: Bench) -> None:
    mine, theirs = await bench.connect(), await bench.connect(bench.other_user())
    key = bench.session()
    await bench.chat(mine, SHORT, sessionKey=key)
    await gone(theirs, key)
    another = await theirs.call("chat.history", {"sessionKey": key})
    none = await theirs.call("chat.history", {"sessionKey": bench.session("none")})
    equal(another["ok"], none["ok"], "whether the two calls succeed")
