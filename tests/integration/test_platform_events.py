"""What the platforms tell beside messages, through the real door of a real desk."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.registry import KINDS
from handoff.service.notices import WRITE_SOMETHING
from handoff.web import keys

WHO = "resident-99"
LAMP = "幸福小区的路灯坏了三天了"
SYNC = "/cgi-bin/kf/sync_msg"
SESSION = "/customservice/kfsession/getsession"


async def test_unfollowing_asks_a_person_to_delete_what_is_kept(town):
    await town.call("wechat", town.oa.text(WHO, LAMP))
    await town.call("wechat", town.oa.event(WHO, "unsubscribe"))
    assert [kind for kind, _ in await town.tasks()] == ["erase"]
    assert (await town.conversation("wechat", WHO)).window_event == ""
    await town.call("wechat", town.oa.event(WHO, "user_authorization_revoke", OpenID=WHO, RevokeInfo="1"))
    assert len(await town.tasks()) == 1


async def test_an_event_nobody_waits_on_gets_no_answer(town):
    await town.call("wechat", town.oa.event(WHO, "VIEW", EventKey="https://example.org/chat"))
    await town.call("wechat", town.oa.event(WHO, "LOCATION", Latitude="23.1", Longitude="113.3", Precision="9"))
    _, answer = await town.call("wechat", town.oa.text(WHO, LAMP))
    assert "路灯照明" in town.oa.read_reply(answer)["Content"]
    assert [turn["text"] for turn in town.bot.turns] == [LAMP]
    stored = await town.transcript("wechat", WHO)
    assert "23.1" not in str([message.data for message in stored])  # nobody is tracked


async def test_a_menu_entry_is_understood_by_its_key(town):
    _, answer = await town.call("wechat", town.oa.event(WHO, "CLICK", EventKey="HUMAN"))
    assert "已为您转人工" in town.oa.read_reply(answer)["Content"]
    await town.call("wechat", town.oa.event("resident-98", "CLICK", EventKey="OFFLINE"))
    assert town.bot.turns[-1]["text"] == "/offline_options"


async def test_who_asks_for_a_person_by_the_menu_is_asked_for_a_few_words_so_that_the_person_can_answer(town):
    _, answer = await town.call("wechat", town.oa.event(WHO, "CLICK", EventKey="HUMAN"))
    assert WRITE_SOMETHING in town.oa.read_reply(answer)["Content"]
    await town.call("wechat", town.oa.text(WHO, LAMP))
    assert (await town.conversation("wechat", WHO)).window_event == "message"


async def test_a_button_in_a_message_counts_as_the_menu_where_the_platform_counts_it_so(town):
    _, answer = await town.call("wechat", town.oa.menu_click(WHO, "human", "转人工"))
    assert WRITE_SOMETHING in town.oa.read_reply(answer)["Content"]
    await town.call("wecom_kf", town.kf.menu_click(WHO, "human", "转人工"))
    assert WRITE_SOMETHING not in await town.said("wecom_kf", WHO, "已为您转人工")


async def test_who_has_written_is_not_asked_to_write(town):
    await town.call("wechat", town.oa.text(WHO, LAMP))
    _, answer = await town.call("wechat", town.oa.event(WHO, "CLICK", EventKey="HUMAN"))
    told = town.oa.read_reply(answer)["Content"]
    assert "已为您转人工" in told and WRITE_SOMETHING not in told


async def test_a_person_in_the_accounts_own_client_has_the_conversation_until_the_end(town):
    await town.call("wechat", town.oa.text(WHO, LAMP))
    await town.call("wechat", town.oa.event(WHO, "kf_create_session", KfAccount="wang@street"))
    assert (await town.conversation("wechat", WHO)).caseworker == "平台客服·wang@street"
    await town.call(
        "wechat", town.oa.event(WHO, "kf_switch_session", FromKfAccount="wang@street", ToKfAccount="li@street")
    )
    assert (await town.conversation("wechat", WHO)).caseworker == "平台客服·li@street"
    turns = len(town.bot.turns)
    town.stub.script(SESSION, {"kf_account": "li@street", "createtime": 1})
    await town.call("wechat", town.oa.text(WHO, "还有垃圾没人收"))
    assert len(town.bot.turns) == turns
    await town.call("wechat", town.oa.event(WHO, "kf_close_session", KfAccount="li@street"))
    assert (await town.conversation("wechat", WHO)).owner == "bot"


@pytest.mark.parametrize(
    ("platform_says", "owner"),
    [
        ({"kf_account": "", "createtime": 0}, "bot"),
        ({"kf_account": "wang@street", "createtime": 1}, "user:平台客服·wang@street"),
        (65400, "user:平台客服·wang@street"),
    ],
)
async def test_a_session_whose_end_was_never_told_is_over_once_the_platform_says_so(town, platform_says, owner):
    await town.call("wechat", town.oa.text(WHO, "你好"))
    await town.call("wechat", town.oa.event(WHO, "kf_create_session", KfAccount="wang@street"))
    town.stub.script(SESSION, platform_says)
    assert await town.call("wechat", town.oa.text(WHO, LAMP)) == (200, "success")
    await asyncio.gather(*town.desk.app[keys.PULLER]._tasks)
    (asked,) = town.stub.calls(SESSION)
    assert (asked.query["openid"], asked.body) == (WHO, None)
    assert (await town.conversation("wechat", WHO)).owner == owner
    if owner == "bot":
        await town.said("wechat", WHO, "路灯照明")


async def test_where_the_platform_cannot_be_asked_a_session_goes_on_until_its_end_is_told(town):
    await town.call("miniprogram", town.mini.text(WHO, "你好"))
    await town.call("miniprogram", town.mini.event(WHO, "kf_create_session", KfAccount="wang@street"))
    await town.call("miniprogram", town.mini.text(WHO, LAMP))
    await asyncio.gather(*town.desk.app[keys.PULLER]._tasks)
    assert (await town.conversation("miniprogram", WHO)).caseworker == "平台客服·wang@street"
    assert not town.stub.calls(SESSION)


async def test_a_mini_program_is_greeted_and_answered_through_the_api_only(town):
    status, answer = await town.call("miniprogram", town.mini.event(WHO, "user_enter_tempsession", SessionFrom="home"))
    assert (status, answer) == (200, "success")
    status, answer = await town.call(
        "miniprogram", town.mini.text(WHO, LAMP, "49d72d67b16d115e7935ac386f2f0fa4_1555684067")
    )
    assert (status, answer) == (200, "success")
    await town.said("miniprogram", WHO, "路灯照明")


@pytest.mark.parametrize("kind", sorted(kind for kind, channel in KINDS.items() if channel.path))
async def test_a_recorded_request_sent_again_within_its_time_changes_nothing(town, kind):
    side = {"wechat": town.oa, "miniprogram": town.mini, "wecom_kf": town.kf}[kind]
    recorded = side.text(WHO, LAMP)
    assert [(await town.call(kind, recorded))[0] for _ in range(3)] == [200] * 3
    await town.said(kind, WHO, "路灯照明")
    stored = await town.desk.stored()
    assert (await town.call(kind, recorded))[0] == 200
    heard = [message.text for message in await town.transcript(kind, WHO) if message.sender == "resident"]
    assert (heard, [turn["text"] for turn in town.bot.turns]) == ([LAMP], [LAMP])
    assert await town.desk.stored() == stored


class Thinking:
    """The bot does not answer before it may."""

    def __init__(self, town, monkeypatch) -> None:
        self.asked, self.may_answer, rasa = asyncio.Event(), asyncio.Event(), town.desk.app[keys.RASA]
        propose = rasa.propose

        async def propose_when_told(turn):
            self.asked.set()
            await self.may_answer.wait()
            return await propose(turn)

        monkeypatch.setattr(rasa, "propose", propose_when_told)


@pytest.mark.parametrize("together", [True, False], ids=["one page", "while the bot thinks"])
async def test_a_recalled_message_stays_for_the_person_and_the_bot_does_not_answer_it(town, monkeypatch, together):
    bot = Thinking(town, monkeypatch)
    said = town.kf.text(WHO, "垃圾没人收", "m-1")
    if not together:
        await town.call("wecom_kf", said)
        await asyncio.wait_for(bot.asked.wait(), 20)
    await town.call("wecom_kf", town.kf.event(WHO, "user_recall_msg", recall_msgid="m-1"))
    bot.may_answer.set()
    await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    await town.said("wecom_kf", WHO, "路灯照明")
    first = (await town.transcript("wecom_kf", WHO))[0]
    assert (first.text, first.data["recalled"]) == ("垃圾没人收", True)
    (sent,) = town.stub.calls("/cgi-bin/kf/send_msg")
    assert "路灯" in str(sent.body) and "垃圾" not in str(sent.body)
    dialogues = {turn["text"]: turn["sender"] for turn in town.bot.turns}
    assert dialogues.pop("垃圾没人收", None) != dialogues[LAMP]  # it goes on in one that has not heard it
    assert len(dialogues) == 1


async def test_who_enters_is_greeted_with_the_code_and_without_one_left_in_peace(town):
    await town.call("wecom_kf", town.kf.event(WHO, "enter_session", scene="door", welcome_code="WELCOME"))
    await town.said("wecom_kf", WHO, "请说说")
    assert [call.body["code"] for call in town.stub.calls("/cgi-bin/kf/send_msg_on_event")] == ["WELCOME"]
    turns = len(town.bot.turns)
    await town.call("wecom_kf", town.kf.event(WHO, "enter_session", scene="door"))
    assert len(town.bot.turns) == turns and await town.tasks() == []


async def test_the_desk_names_its_doors_as_the_registry_does(town):
    paths = {route.resource.canonical for route in town.desk.app.router.routes() if route.resource}
    for channel in (account.channel for account in town.desk.app[keys.ACCOUNTS].values()):
        assert not channel.path or f"/channels/{channel.path}/{{account}}" in paths
