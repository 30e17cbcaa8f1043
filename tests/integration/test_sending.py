"""The outbox: at least once, in order, in parts, and within what the platform lets a bot say."""

import asyncio

from handoff.domain.models import User
from handoff.service import replies, window
from tests.support.street import NOW

SEND = "/cgi-bin/message/custom/send"
KF_SEND = "/cgi-bin/kf/send_msg"
LONG = "".join(f"第{number}条：路灯坏了，请尽快派人来修。" for number in range(100))  # three sends of 2,047 bytes


async def test_a_text_goes_out_once_and_costs_one_send(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say("已记下。")
    await desk.send()
    await desk.send()
    assert desk.said() == ["已记下。"]
    assert (await desk.message(seq)).state == "sent"
    assert window.of(await desk.conversation()).sends_left(NOW) == 4


async def test_several_automatic_texts_that_wait_share_one_send(make):
    desk = await make()
    await desk.writes()
    first, second = await desk.say("已记下。"), await desk.say("还有别的吗？")
    await desk.send()
    assert desk.said() == ["已记下。\n\n还有别的吗？"]
    assert [(await desk.message(seq)).state for seq in (first, second)] == ["sent", "sent"]
    assert (await desk.conversation()).sends_used == 1


async def test_a_persons_texts_are_sent_as_they_were_written(make):
    desk = await make()
    await desk.writes()
    for text in ("您好。", "我来处理。"):
        await desk.say(text, author="human")
    await desk.send()
    assert desk.said() == ["您好。", "我来处理。"]


async def test_a_text_that_was_tried_keeps_its_wording(make):
    desk = await make()
    await desk.writes()
    await desk.say("已记下。")
    desk.stub.script(SEND, -1)
    await desk.send()
    await desk.say("还有别的吗？")
    await desk.send(seconds=10)
    assert desk.said() == ["已记下。", "已记下。", "还有别的吗？"]


async def test_a_long_text_counts_as_several_sends(make):
    desk = await make()
    await desk.writes()
    await desk.say(LONG, author="human")
    await desk.send()
    assert "".join(desk.said()) == LONG and len(desk.said()) == 3
    assert all(text.endswith("。") for text in desk.said())
    assert (await desk.conversation()).sends_used == 3


async def test_a_text_that_broke_off_goes_on_where_it_was(make):
    desk = await make("wecom_kf")
    await desk.writes()
    seq = await desk.say(LONG, author="human")
    desk.stub.script(KF_SEND, {"errcode": 0}, -1)
    await desk.send()
    assert (await desk.message(seq)).state == "queued"
    await desk.send(seconds=10)
    first, second, again, third = desk.sent()
    assert second == again
    assert len({one["msgid"] for one in (first, second, third)}) == 3
    assert first["text"]["content"] + second["text"]["content"] + third["text"]["content"] == LONG
    assert (await desk.conversation()).sends_used == 3


async def test_a_claim_stops_what_is_left_of_a_long_text(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say(LONG[: len(LONG) * 3 // 5])  # two sends: the bot's share
    desk.stub.script(SEND, {"errcode": 0}, -1)
    await desk.send()
    await desk.claim()
    await desk.send(seconds=10)
    assert (await desk.message(seq)).state == "draft"
    assert "已接手" in desk.said()[-1]


async def test_a_draft_of_which_a_part_has_gone_out_says_how_much_the_resident_has_read(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say(LONG[: len(LONG) * 3 // 5])
    desk.stub.script(SEND, {"errcode": 0}, -1)
    await desk.send()
    await desk.claim()
    draft = await desk.message(seq)
    assert (draft.state, draft.data) == ("draft", {"why": "owner_changed", "said": len(desk.said()[0])})


async def test_three_sends_are_kept_for_the_person(make):
    desk = await make()
    await desk.writes()
    for number in range(3):
        await desk.say(f"机器人第{number}句。")
        await desk.send()
    assert len(desk.said()) == 2
    assert window.of(await desk.conversation()).sends_left(NOW) == 3
    assert await desk.tasks() == [("call", "请打电话或上门联系居民：回复窗口已关闭或次数用完。")]
    for text in ("一。", "二。", "三。"):
        await desk.say(text, author="human")
    await desk.send()
    assert len(desk.said()) == 5


async def test_notices_of_the_desk_come_out_of_the_bots_share_but_an_emergency_number_does_not(make):
    desk = await make()
    await desk.writes()
    for _ in range(3):
        await desk.say("通知。", author="system")
        await desk.send()
    assert len(desk.said()) == 2
    await desk.say("请拨打 120。", author="system", urgent=True)
    await desk.send()
    assert desk.said()[-1] == "请拨打 120。"


async def test_a_text_is_begun_only_when_all_of_it_may_go(make):
    desk = await make()
    await desk.writes()
    seq = await desk.say(LONG)  # three sends, the bot has two
    await desk.send()
    assert desk.said() == [] and (await desk.message(seq)).state == "failed"
    assert len(await desk.tasks()) == 1


async def test_what_waits_to_be_sent_is_already_spoken_for(make):
    desk = await make()
    await desk.writes()
    await desk.claim()  # its notice waits
    user = User("wang", "caseworker", None, True, "")
    written = [await desk.ledger.write(replies.write, user, 1, f"第{n}句", f"c{n}", desk.clock.now()) for n in range(5)]
    assert [isinstance(one, int) for one in written] == [True] * 4 + [False]
    assert written[-1] == replies.NoRoom(1, 0)
    assert [kind for kind, _ in await desk.tasks()] == ["call"]
    await desk.send()
    assert len(desk.said()) == 5


async def test_a_text_too_long_for_what_is_left_says_how_many_it_needs(make):
    desk = await make()
    await desk.writes()
    await desk.claim()
    await desk.send()
    user = User("wang", "caseworker", None, True, "")
    await desk.ledger.write(replies.write, user, 1, LONG, None, desk.clock.now())
    refused = await desk.ledger.write(replies.write, user, 1, LONG, None, desk.clock.now())
    assert refused == replies.NoRoom(3, 1)
    assert await desk.tasks() == []


async def test_two_desks_send_every_text_once_and_in_order(make):
    one, two = await make(), await make()
    await one.writes(opens="unlimited")
    texts = [f"第{number}句。" for number in range(30)]
    for text in texts:
        await one.say(text, author="human")
    for _ in range(40):
        await asyncio.gather(one.sender.send_due(), two.sender.send_due())
        await asyncio.gather(*one.sender._tasks, *two.sender._tasks)
    assert one.said() == texts
