"""What staff do with a matter in the register reaches the resident whose matter it is, once."""

from datetime import timedelta

import pytest

from handoff.service import cases, notices
from handoff.web import keys
from tests.support.desk import Resident

FINISHED, CLOSED, PUT_OFF = "办好了", "办结了：已解释，办不了", "改到"


@pytest.fixture
async def wang(desk):
    await desk.add_user("wang", "supervisor")
    async with desk.logged_in("wang") as console:
        yield console


@pytest.fixture
async def resident(desk, http):
    resident = await Resident.arrives(desk.base, http)
    await resident.says("你好")
    await resident.hears_until("请说说")
    return resident


async def filed(desk, sealed=False) -> str:
    """A matter of the only resident there is."""

    def write(tx):
        now, office = desk.app[keys.CLOCK].now(), desk.app[keys.SETTINGS].office
        return cases.register(
            tx, office, tx.conversations.get(1), now, created_by="bot", request_type="求助", category="C0406",
            description="路灯坏了", sealed=sealed,
        )  # fmt: skip

    return (await desk.ledger.write(write)).number


async def steps(wang, desk, number) -> None:
    date = (desk.app[keys.CLOCK].now() + timedelta(days=60)).isoformat()
    for kind, data in (
        ("accept", {}),
        ("note", {}),
        ("extend", {"due_at": date}),
        ("propose_done", {}),
        ("close", {"outcome": "explained"}),
    ):
        text = "等厂家送灯头" if kind == "extend" else "别告诉他"
        status, _ = await wang.post(f"/api/cases/{number}/events", kind=kind, text=text, data=data)
        assert status == 200


async def said(desk) -> list[str]:
    found = await desk.ledger.read(lambda tx: tx.messages.after(1, 0))
    return [message.text for message in found if message.sender == "system"]


async def test_who_told_a_matter_hears_that_it_is_put_off_finished_and_closed(desk, wang, resident):
    number = await filed(desk)
    await steps(wang, desk, number)
    heard = [message["text"] for message in await resident.hears()]
    assert [words in text for words, text in zip((PUT_OFF, FINISHED, CLOSED), heard, strict=True)] == [True] * 3
    assert all(number in text for text in heard)
    assert "等厂家送灯头" in heard[0]  # the form asks for a reason that the resident is told
    assert "别告诉他" not in "".join(heard)  # what colleagues write to one another stays with them


async def test_a_sealed_matter_is_not_spoken_of_unasked(desk, wang, resident):
    await steps(wang, desk, await filed(desk, sealed=True))
    assert await said(desk) == []


async def test_a_matter_filed_at_the_counter_has_nobody_to_write_to(desk, wang):
    about = {"type": "求助", "category": "C0406", "description": "路灯坏了"}
    _, case = await wang.post("/api/cases", **about)
    await steps(wang, desk, case["number"])


async def test_while_a_person_has_the_conversation_that_person_says_it(desk, wang, resident):
    number = await filed(desk)
    assert (await wang.post("/api/conversations/1/claim"))[0] == 200
    before = await said(desk)
    await steps(wang, desk, number)
    assert await said(desk) == before


async def test_what_ends_with_the_conversation_is_said_once(desk, wang, resident):
    await filed(desk)
    await wang.post("/api/conversations/1/claim")
    before = await said(desk)
    await wang.post("/api/conversations/1/resolve", outcome="explained")
    assert len(await said(desk)) == len(before) + 1


def test_what_waits_for_the_residents_word_says_so_instead_of_promising_an_answer(scene):
    conversation = scene.lives("r1", "幸福社区")

    def write(tx):
        made = cases.register(
            tx, scene.office, tx.conversations.get(conversation), scene.now, created_by="bot", request_type="求助",
            category="C0406", description="路灯坏了",
        )  # fmt: skip
        return cases.record_event(tx, made.number, "wang", "propose_done", "", {}, scene.now)

    told = notices.progress([scene.do(write)], scene.now)
    assert "待您确认" in told and "回复“解决了”" in told and "没解决" in told
    assert "前答复您" not in told
