"""What the desk itself says: what a closed reply window keeps back, and what a claim does."""

import pytest

from bot.channels.message import Inbound
from handoff.domain.errors import BadInput
from handoff.service import call_backs, calling, intake, links, ownership, turns
from tests.support.street import Street

TEMPLATE = {"template_id": "T", "template_data": "thing1={text}"}


async def without_room_for_a_bot(desk: Street) -> None:
    """The resident has written, and the bot's share of the sends is used."""
    await desk.writes()
    for number in range(2):
        await desk.say(f"机器人第{number}句。")
        await desk.send()


async def moves(desk: Street, move, *details) -> None:
    user = await desk.ledger.read(lambda tx: tx.people.get("wang"))
    await desk.ledger.write(move, user, desk.id, *details, desk.clock.now())


async def states(desk: Street, words: str) -> list[str]:
    messages = await desk.ledger.read(lambda tx: tx.messages.after(desk.id, 0))
    return [message.state for message in messages if words in message.text]


@pytest.mark.parametrize("settings", [{}, TEMPLATE], ids=["", "with a template"])
async def test_a_routine_notice_without_room_stays_unsent_and_marked_and_nobody_has_to_call(make, settings):
    desk = await make(**settings)
    await without_room_for_a_bot(desk)
    await desk.claim()
    await desk.send()
    await moves(desk, ownership.release)
    await desk.send()
    assert (await states(desk, "已接手"), await states(desk, "换一位同事")) == (["failed"], ["failed"])
    assert await desk.tasks() == []
    assert len(desk.said()) == 2
    assert desk.sent("/cgi-bin/message/template/send") == []


async def test_the_three_sends_of_the_person_are_all_there_after_an_unsent_notice(make):
    desk = await make()
    await without_room_for_a_bot(desk)
    await desk.claim()
    await desk.send()
    for words in ("您好。", "我来处理。", "下午修好。"):
        await desk.say(words, author="human")
    await desk.send()
    assert desk.said()[2:] == ["您好。", "我来处理。", "下午修好。"]


async def test_a_notice_for_which_there_is_room_is_sent(make):
    desk = await make()
    await desk.writes()
    await desk.claim()
    await desk.send()
    assert await states(desk, "已接手") == ["sent"]


async def ask_for_a_person(desk: Street, trigger: str, priority: str) -> None:
    before = await desk.conversation()
    asked = {"trigger": trigger, "priority": priority, "reason_seq": None}
    await desk.ledger.write(calling.request_person, desk.office, before, desk.clock.now(), **asked)


@pytest.mark.parametrize(("trigger", "priority", "used"), [("explicit_human", "P2", 2), ("emergency", "P0", 5)])
async def test_what_the_resident_must_know_is_called_in_where_it_cannot_be_sent(make, trigger, priority, used):
    desk = await make()
    await without_room_for_a_bot(desk)
    for number in range(used - 2):
        await desk.say(f"第{number}句。", author="human")
    await desk.send()
    await ask_for_a_person(desk, trigger, priority)
    await desk.send()
    assert [kind for kind, _ in await desk.tasks()] == ["call"]
    assert len(desk.said()) == used


async def test_what_must_arrive_does_not_ride_on_what_need_not(make):
    desk = await make()
    await desk.writes()
    await desk.claim()
    await desk.say("请把照片发来。", author="system")
    await desk.send()
    assert [words for words in desk.said() if "已接手" in words] == ["工作人员（wang）已接手，接下来由人和您说。"]


async def test_a_call_back_is_not_confirmed_over_the_person_who_has_come_meanwhile(make):
    desk = await make()
    current = await desk.writes()
    await desk.ledger.write(call_backs.request, desk.office, current, "19900000000", desk.clock.now())
    await desk.claim()
    await desk.send()
    assert await states(desk, "尾号 0000") == ["draft"]
    assert [kind for kind, _ in await desk.tasks()] == ["call_back"]


async def test_the_answer_to_a_word_about_links_is_the_same_whoever_has_come_meanwhile(make):
    desk = await make()
    await desk.ledger.write(links.offer, await desk.writes(), links.BY_RESIDENT, desk.clock.now())
    await desk.claim()
    await desk.send()
    assert await states(desk, "关联码") == ["sent"]


async def test_nobody_gives_a_conversation_to_themselves(make):
    desk = await make()
    await desk.writes()
    await desk.claim()
    with pytest.raises(BadInput, match="已经在您手上"):
        await moves(desk, ownership.transfer, "wang", desk.office)
    assert len(await states(desk, "已接手")) == 1


@pytest.mark.parametrize(
    ("words", "care"),
    [("我孙子走丢了", "我们马上找人一起帮您。"), ("我今年9岁，爸爸打我", "谢谢你说出来，不需要先问家长同意。")],
)
def test_what_a_child_is_told_is_told_to_a_child_alone(scene, words, care):
    conversation = scene.waits("r1", "minor", words)
    assert care in scene.told(conversation)[-1].splitlines()
    assert ("家长" in scene.told(conversation)[-1]) == ("我今年" in words)


@pytest.mark.parametrize(("channel", "way"), [("web", "清空本机记录"), ("wechat", "删除聊天记录")])
def test_who_fears_being_seen_hears_a_way_that_there_is_where_it_is_said(scene, channel, way):
    conversation = scene.says("r1", "老公又动手打我了", channel=channel)
    assert way in "\n".join(scene.told(conversation))


@pytest.mark.parametrize(("channel", "media"), [("web", False), ("wechat", True)])
def test_the_bot_knows_whether_a_voice_message_can_be_sent_here(scene, channel, media):
    told = Inbound(channel, "1", "r1", "text", "你好", scene.now, opens="message")
    conversation = scene.do(intake.accept, scene.office, told, channel, None, None, scene.now).conversation_id
    assert scene.do(turns.begin, scene.office, conversation, "t", scene.now).facts["media"] is media
