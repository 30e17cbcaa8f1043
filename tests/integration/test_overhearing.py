"""What a resident says while waiting is heard: danger, what is pressing, a place. Nothing is said by the bot or lowered."""

import asyncio

import pytest

from bot.boundary.screen import screen
from bot.channels.message import Inbound
from handoff.service import cases, intake, overhearing, packet, queue, turns
from handoff.web import keys
from tests.support.desk import Resident, running_desk
from tests.support.scripted_bot import hand_off, understand_alone

from .test_intake import bot_that_waits

DANGER = "你们不用来了，我先走一步了"  # no rule knows it


def reads(scene, conversation, seq=None):
    """The message that is being read; None when it is not to be."""
    return scene.do(overhearing.begin, conversation, seq or scene.conversation(conversation).resident_seq)


def overhears(scene, conversation):
    return understood(scene, reads(scene, conversation))


def understood(scene, one):
    return scene.do(overhearing.commit, scene.office, one, understand_alone(one.text), scene.now)


def cases_of(scene, conversation):
    return scene.ledger.read_now(lambda tx: cases.open_cases(tx, tx.conversations.get(conversation)))


def waits_and_says(scene, words, trigger="explicit_human"):
    conversation = scene.waits("r1", trigger)
    scene.says("r1", words)
    return conversation


def test_danger_that_no_rule_knows_goes_to_the_head_of_the_queue_with_a_page_and_the_numbers(scene):
    assert screen(DANGER) is None
    wang = scene.user("wang")
    first = scene.waits("r0", "anger_petition")
    conversation = waits_and_says(scene, DANGER)
    assert overhears(scene, conversation) is True
    after = scene.conversation(conversation)
    assert (after.priority, after.reason_trigger, after.reason_seq) == ("P0", "self_harm", after.resident_seq)
    assert [one.id for one in scene.ledger.read_now(queue.waiting, wang)] == [conversation, first]
    said = [m for m in scene.messages(conversation) if m.seq > after.resident_seq and m.sender == "system"]
    assert "值守人员" in said[-1].text
    assert scene.ledger.read_now(lambda tx: tx.records.last_paged(conversation))[1] is True


def test_a_report_about_officials_told_while_waiting_seals_the_cases_with_the_conversation(scene):
    conversation = waits_and_says(scene, "王主任收了钱才办事")
    number = scene.do(register_for, scene, conversation)
    overhears(scene, conversation)
    assert scene.conversation(conversation).sealed
    assert scene.ledger.read_now(lambda tx: tx.cases.get(number)).sealed


def register_for(tx, scene, conversation):
    told = {"request_type": "求助", "category": "C0406", "description": "路灯坏了"}
    return cases.register(
        tx, scene.office, tx.conversations.get(conversation), scene.now, created_by="bot", **told
    ).number


def test_what_only_sounds_like_danger_waits_for_the_person_who_comes(scene):
    conversation = waits_and_says(scene, f"好像{DANGER}")
    before = scene.told(conversation)
    overhears(scene, conversation)
    assert scene.conversation(conversation).priority == "P2"
    assert scene.told(conversation) == before


def test_what_is_pressing_moves_up_and_nobody_is_told(scene):
    wang = scene.user("wang")
    first = scene.waits("r0")
    conversation = waits_and_says(scene, "再没人管我就去上访")
    told = scene.told(conversation)
    overhears(scene, conversation)
    after = scene.conversation(conversation)
    assert (after.priority, after.reason_trigger, after.reason_seq) == ("P1", "anger_petition", after.resident_seq)
    assert [one.id for one in scene.ledger.read_now(queue.waiting, wang)] == [conversation, first]
    assert scene.told(conversation) == told


def test_a_report_about_an_official_is_sealed_from_then_on(scene):
    conversation = waits_and_says(scene, "村里的书记收了钱")
    overhears(scene, conversation)
    assert scene.conversation(conversation).sealed is True


@pytest.mark.parametrize(
    ("trigger", "words"), [("self_harm", "我就去上访"), ("hardship", "我想找律师"), ("media", "断粮了")]
)
def test_nothing_lowers_or_changes_what_is_as_pressing_already(scene, trigger, words):
    conversation = waits_and_says(scene, words, trigger)
    before = scene.conversation(conversation)
    overhears(scene, conversation)
    after = scene.conversation(conversation)
    assert (after.priority, after.reason_trigger) == (before.priority, before.reason_trigger)


def test_a_place_told_while_waiting_reaches_the_newest_open_case_without_one_in_the_residents_own_words(scene):
    conversation = waits_and_says(scene, " 电话19900000000，幸福小区3号楼", "anger_petition")
    overhears(scene, conversation)
    (case,) = cases_of(scene, conversation)
    assert case.place == "幸福小区3号楼"
    events = scene.ledger.read_now(lambda tx: tx.cases.events(case.number))
    assert (events[-1]["kind"], events[-1]["actor"]) == ("place", "resident")
    scene.says("r1", "不对，和平小区3号楼")
    overhears(scene, conversation)
    assert cases_of(scene, conversation) == [case]


def test_an_emergency_at_the_door_has_the_place_that_stands_in_its_words(scene):
    conversation = scene.says("r1", "着火了，幸福小区3号楼")
    assert scene.conversation(conversation).priority == "P0"
    overhears(scene, conversation)
    (case,) = cases_of(scene, conversation)
    assert case.place == "幸福小区3号楼"
    shown = scene.do(packet.build, scene.user("wang"), conversation, scene.now)
    assert shown["unknown"] == []
    assert ("place", "幸福小区3号楼") in [(field["name"], field["value"]) for field in shown["fields"]]


def test_the_matter_is_kept_for_the_packet_unless_one_is_known(scene):
    conversation = waits_and_says(scene, "我们那的路灯坏了")
    overhears(scene, conversation)
    known = scene.conversation(conversation)
    assert (known.category, known.understanding["seq"]) == ("C0406", known.resident_seq)
    scene.says("r1", "还有电梯也坏了")
    overhears(scene, conversation)
    assert scene.conversation(conversation).understanding == known.understanding


def test_a_reading_that_comes_after_the_claim_changes_nothing(scene):
    wang = scene.user("wang")
    conversation = waits_and_says(scene, f"{DANGER}，幸福小区3号楼", "bot_unavailable")
    one = reads(scene, conversation)
    scene.claim(wang, conversation)
    before, told, filed = scene.conversation(conversation), scene.told(conversation), cases_of(scene, conversation)
    assert understood(scene, one) is False
    assert (scene.conversation(conversation), scene.told(conversation)) == (before, told)
    assert cases_of(scene, conversation) == filed
    assert reads(scene, conversation) is None


def test_a_reading_of_an_earlier_wait_changes_nothing_in_the_next(scene):
    conversation = waits_and_says(scene, "我就去上访")
    one = reads(scene, conversation)
    scene.says("r1", "不用人工了")
    scene.waits("r1")
    assert understood(scene, one) is False
    assert scene.conversation(conversation).priority == "P2"


def test_what_was_taken_back_is_not_heard(scene):
    conversation = waits_and_says(scene, "我就去上访")
    one = reads(scene, conversation)
    scene.do(lambda tx: tx.messages.add_data(conversation, one.seq, {"recalled": True}))
    assert understood(scene, one) is False
    assert reads(scene, conversation, one.seq) is None


def handed_over(scene, turn, trigger="explicit_human"):
    """The messages that are to be read after the turn has handed over."""

    def commit(tx):
        turns.commit(tx, scene.office, turn, turns.Proposal([hand_off(trigger)]), scene.now)
        return [event.seq for event in tx.events if event.type == "overhear"]

    return scene.do(commit)


def test_what_is_said_while_the_bot_hands_over_is_read_like_what_is_said_while_waiting(scene):
    turn = scene._turn("r1", "我要说一件事")
    conversation = turn.before.id
    place = scene.conversation(conversation).resident_seq + 1
    scene.says("r1", "在幸福小区3号楼")
    scene.says("r1", DANGER)
    assert handed_over(scene, turn, "anger_petition") == [place, place + 1]
    for seq in (place, place + 1):
        understood(scene, reads(scene, conversation, seq))
    after = scene.conversation(conversation)
    assert (after.priority, after.reason_trigger, after.reason_seq) == ("P0", "self_harm", place + 1)
    assert [case.place for case in cases_of(scene, conversation)] == ["在幸福小区3号楼"]


def test_what_the_desk_has_answered_itself_or_nobody_is_to_read_is_not_read_after_the_hand_over(scene):
    turn = scene._turn("r1", "我要说一件事")
    scene.says("r1", "给我回个电话，19900000000")
    taken_back = scene.says("r1", "我就去上访")
    seq = scene.conversation(taken_back).resident_seq
    scene.do(lambda tx: tx.messages.add_data(taken_back, seq, {"recalled": True, "silent": True}))
    assert handed_over(scene, turn) == []


def test_what_the_bot_had_not_come_to_when_danger_was_told_is_read(scene):
    turn = scene._turn("r1", "你好")
    first = scene.conversation(turn.before.id).resident_seq
    scene.says("r1", "在幸福小区3号楼")

    def danger(tx):
        told = Inbound("web", "danger", "r1", "text", "着火了", scene.now, opens="unlimited")
        intake.accept(tx, scene.office, told, "web", None, screen(told.text), scene.now)
        return [event.seq for event in tx.events if event.type == "overhear"]

    assert sorted(scene.do(danger)) == [first, first + 1, first + 2]


async def test_danger_told_while_the_turn_that_hands_over_runs_goes_to_the_head_of_the_queue(
    tmp_path, database, http, monkeypatch
):
    async with running_desk(tmp_path, database) as (running, bot):
        asked, may_answer = bot_that_waits(running, monkeypatch)
        resident = await Resident.arrives(running.base, http)
        await resident.says("转人工")
        await asked.wait()
        await resident.says(DANGER)
        may_answer.set()
        await resident.hears_until("值守人员")
        assert bot.reads == [DANGER]
        assert (await conversation_of(running)).priority == "P0"


async def waiting(running, http) -> tuple[Resident, int]:
    resident = await Resident.arrives(running.base, http)
    await resident.says("转人工")
    await resident.hears_until("已为您转人工")
    return resident, 1


async def conversation_of(running, number=1):
    return await running.ledger.read(lambda tx: tx.conversations.get(number))


async def at_rest(running, bot, readings=1):
    """The bot has been asked to read so often, and what came of it is stored."""
    for _ in range(readings):
        await asyncio.wait_for(bot.asked.acquire(), 20)
    await asyncio.gather(*running.app[keys.OVERHEARING]._running.values())


async def test_each_message_of_the_wait_is_read_in_its_order_one_at_a_time_and_masked(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (running, bot):
        resident, _ = await waiting(running, http)
        bot.reading.clear()
        said = ["我叫王小明", "我的电话是19900000000", "现在谁在处理", "我要上访"]
        for words in said:
            await resident.says(words)
        await bot.asked.acquire()
        assert len(bot.reads) == 1
        bot.reading.set()
        await at_rest(running, bot, 2)
        assert len(bot.reads) == 3  # whose turn it is the desk answers itself
        assert "19900000000" not in "".join(bot.reads)
        assert bot.reads[-1] == "我要上访"
        assert (await conversation_of(running)).priority == "P1"


async def test_who_takes_over_while_a_message_is_read_finds_nothing_changed(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (running, bot):
        await running.add_user("wang")
        resident, conversation = await waiting(running, http)
        bot.reading.clear()
        await resident.says(DANGER)
        await bot.asked.acquire()
        async with running.logged_in("wang") as console:
            assert (await console.post(f"/api/conversations/{conversation}/claim"))[0] == 200
        before = await conversation_of(running)
        bot.reading.set()
        await asyncio.gather(*running.app[keys.OVERHEARING]._running.values())
        assert await conversation_of(running) == before


async def test_claims_and_readings_that_meet_never_raise_what_a_person_has(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (running, bot):
        await running.add_user("wang")
        resident, conversation = await waiting(running, http)
        await resident.says(DANGER)
        async with running.logged_in("wang") as console:
            await console.post(f"/api/conversations/{conversation}/claim")
        await at_rest(running, bot)
        said = [m for m in await running.ledger.read(lambda tx: tx.messages.after(conversation, 0))]
        taken = next(m.seq for m in said if "已接手" in m.text)
        assert not [m for m in said if "值守人员" in m.text and m.seq > taken]


async def test_without_the_bot_nothing_is_said_and_the_next_message_is_read_once_it_is_back(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (running, bot):
        resident, conversation = await waiting(running, http)
        before = await conversation_of(running)
        bot.status = 503
        await resident.says("我要上访")
        await at_rest(running, bot)
        assert (await conversation_of(running)).priority == before.priority
        bot.status = 200
        await resident.says("家里断粮了")
        await at_rest(running, bot)
        assert bot.reads == ["我要上访", "家里断粮了"]
        assert (await conversation_of(running)).reason_trigger == "hardship"


async def test_an_emergency_at_the_door_is_read_for_its_place(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (running, bot):
        resident = await Resident.arrives(running.base, http)
        await resident.says("着火了，幸福小区3号楼")
        await resident.hears_until("已为您转人工")
        await at_rest(running, bot)
        (case,) = await running.ledger.read(lambda tx: cases.open_cases(tx, tx.conversations.get(1)))
        assert case.place == "幸福小区3号楼"
        assert not bot.turns
