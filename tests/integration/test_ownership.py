"""Two people never own one conversation, and the bot never talks over a person."""

import asyncio

import pytest

from handoff.domain.errors import BadInput
from handoff.service import ownership, replies
from tests.support.desk import Resident

ROUNDS, RACERS = 12, 6


async def waiting(console) -> list[dict]:
    return (await console.get("/api/queue"))[1]["waiting"]


async def test_exactly_one_of_many_racers_claims(desk, http):
    names = [f"worker{n}" for n in range(RACERS)]
    for name in names:
        await desk.add_user(name)
    for _ in range(ROUNDS):
        resident = await Resident.arrives(desk.base, http)
        await resident.says("转人工")
        await resident.hears_until("已为您转人工")
        async with desk.logged_in(names[0]) as console:
            conversation = (await waiting(console))[0]["id"]
        results = await asyncio.gather(*(claim_as(desk, name, conversation) for name in names))
        winners = [body for status, body in results if status == 200]
        assert len(winners) == 1
        assert all(s == 409 and b["code"] == "already_claimed" for s, b in results if s != 200)
        heard = await resident.hears(2)
        assert sum("已接手" in message["text"] for message in heard) == 1
        async with desk.logged_in(winners[0]["owner"]) as console:
            assert (await console.post(f"/api/conversations/{conversation}/resolve", outcome="explained"))[0] == 200


async def claim_as(desk, name: str, conversation: int):
    async with desk.logged_in(name) as console:
        return await console.post(f"/api/conversations/{conversation}/claim")


async def test_the_bot_never_speaks_after_a_claim(desk, http):
    await desk.add_user("wang")
    async with desk.logged_in("wang") as console:
        for _ in range(8):
            resident = await Resident.arrives(desk.base, http)
            await resident.says("幸福小区3号楼的路灯坏了")
            await resident.hears_until("我记的是")
            conversation = await newest(desk)
            _, (status, _) = await asyncio.gather(
                resident.says("对，就这样"), console.post(f"/api/conversations/{conversation}/claim")
            )
            assert status == 200
            _, packet = await console.get(f"/api/conversations/{conversation}")
            taken_at = next(m["seq"] for m in packet["messages"] if "已接手" in m["text"])
            await resident.says("还有，垃圾没人收")
            _, later = await console.get(f"/api/conversations/{conversation}/messages", after=taken_at)
            assert [m for m in later["messages"] if m["from"] == "bot" and m["state"] != "draft"] == []
            await console.post(f"/api/conversations/{conversation}/resolve", outcome="explained")


async def newest(desk) -> int:
    from sqlalchemy import func, select

    from handoff.store.schema import conversations

    return await desk.ledger.read(lambda tx: tx.connection.execute(select(func.max(conversations.c.id))).scalar_one())


async def test_only_the_owner_writes(desk, http):
    for name in ("wang", "li"):
        await desk.add_user(name)
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    async with desk.logged_in("wang") as wang, desk.logged_in("li") as li:
        conversation = (await waiting(wang))[0]["id"]
        await wang.post(f"/api/conversations/{conversation}/claim")
        status, body = await li.post(f"/api/conversations/{conversation}/messages", text="我来")
        assert (status, body["code"]) == (409, "not_owner")
        first = await wang.post(f"/api/conversations/{conversation}/messages", text="您好", client_id="a")
        again = await wang.post(f"/api/conversations/{conversation}/messages", text="您好", client_id="a")
        assert first == again
        assert first[0] == 201
    heard = [m["text"] for m in await resident.hears(5) if m["from"] == "human"]
    assert heard == ["您好"]


def test_the_same_client_id_of_two_colleagues_names_two_texts(scene):
    wang, li = scene.user("wang"), scene.user("li")
    conversation = scene.waits("r1")
    scene.claim(wang, conversation)
    says = lambda user, text: scene.do(replies.write, user, conversation, text, "1", scene.now)  # noqa: E731
    first = says(wang, "您好，我是小王")
    scene.do(ownership.transfer, wang, conversation, "li", scene.office, scene.now)
    second = says(li, "您好，我是小李")
    assert second != first
    assert [text for text in scene.told(conversation) if "我是" in text] == ["您好，我是小王", "您好，我是小李"]
    assert (says(wang, "您好，我是小王"), says(li, "您好，我是小李")) == (
        first,
        second,
    )  # each one's own, also given away


@pytest.mark.parametrize("length", [2001, 3000, 30_000])
async def test_a_text_that_is_too_long_is_the_same_mistake_at_every_length(desk, http, length):
    await desk.add_user("wang")
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    async with desk.logged_in("wang") as wang:
        path = f"/api/conversations/{(await waiting(wang))[0]['id']}"
        await wang.post(f"{path}/claim")
        for where in ("messages", "notes"):
            status, refusal = await wang.post(f"{path}/{where}", text="长" * length)
            assert (status, refusal["code"], refusal["field"]) == (400, "bad_input", "text")


@pytest.mark.parametrize("text", [None, "", " \n", "\x00\x7f", "\u200b", 5, ["看过了"]])
async def test_a_text_or_a_note_without_words_is_refused_by_name(desk, http, text):
    await desk.add_user("wang")
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    async with desk.logged_in("wang") as wang:
        path = f"/api/conversations/{(await waiting(wang))[0]['id']}"
        await wang.post(f"{path}/claim")
        for where in ("messages", "notes"):
            status, refusal = await wang.post(f"{path}/{where}", text=text)
            assert (status, refusal["code"], refusal["field"]) == (400, "bad_input", "text")


async def test_who_has_a_conversation_is_called_the_same_everywhere(desk, http):
    for name in ("wang", "li"):
        await desk.add_user(name)
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    async with desk.logged_in("wang") as wang, desk.logged_in("li") as li, li.live() as live:
        path = f"/api/conversations/{(await waiting(wang))[0]['id']}"

        async def told() -> set[str]:
            """What the packet says, what a colleague is refused with, and what the consoles hear."""
            event = {}
            while event.get("type") != "owner":
                event = await live.receive_json(timeout=60)
            _, packet = await li.get(path)
            _, refusal = await li.post(f"{path}/messages", text="我来")
            return {packet["owner"], refusal["owner"], event["owner"]}

        assert (await li.get(path))[1]["owner"] == "queue"
        assert (await wang.post(f"{path}/claim"))[1] == {"owner": "wang"}
        assert await told() == {"wang"}
        assert (await li.post(f"{path}/claim"))[1]["owner"] == "wang"
        assert (await wang.post(f"{path}/release"))[1] == {"owner": "queue"}
        assert await told() == {"queue"}


@pytest.mark.parametrize("name", ["bot", "queue", "closed", "human", "desk", "office"])
def test_no_log_in_is_called_like_what_is_no_person(scene, name):
    with pytest.raises(BadInput):
        scene.user(name)


async def test_a_resident_may_leave_the_queue_at_any_moment(desk, http):
    await desk.add_user("wang")
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    await resident.says("不用人工了")
    await resident.hears_until("已取消排队")
    async with desk.logged_in("wang") as console:
        assert await waiting(console) == []
    await resident.says("幸福小区3号楼的路灯坏了")
    await resident.hears_until("我记的是")


async def test_a_resolved_conversation_reopens_when_the_resident_writes(desk, http):
    await desk.add_user("wang")
    resident = await Resident.arrives(desk.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    async with desk.logged_in("wang") as console:
        conversation = (await waiting(console))[0]["id"]
        await console.post(f"/api/conversations/{conversation}/claim")
        assert (await console.post(f"/api/conversations/{conversation}/resolve", outcome="nothing"))[0] == 400
        assert (await console.post(f"/api/conversations/{conversation}/resolve", outcome="solved"))[0] == 200
        assert (await console.post(f"/api/conversations/{conversation}/resolve", outcome="solved"))[0] == 409
    await resident.says("幸福小区3号楼的路灯又坏了")
    await resident.hears_until("我记的是")
