"""People who serve residents in WeCom's own client: who has the conversation, and what the desk is told of them."""

from __future__ import annotations

WHO = "resident-99"
LAMP = "幸福小区的路灯坏了三天了"


async def test_a_person_in_wecoms_own_client_silences_the_bot_and_the_end_brings_it_back(town):
    await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    await town.said("wecom_kf", WHO, "路灯照明")
    await town.call("wecom_kf", town.kf.servicer(WHO, "zhangsan", "我来处理。"))
    current = await town.conversation("wecom_kf", WHO)
    assert current.caseworker == "平台客服·zhangsan"
    said = (await town.transcript("wecom_kf", WHO))[-1]
    assert (said.sender, said.text, said.state, said.author) == ("human", "我来处理。", "sent", "平台客服·zhangsan")
    turns = len(town.bot.turns)
    town.stub.script("/cgi-bin/kf/service_state/get", {"errcode": 0, "service_state": 3, "servicer_userid": "zhangsan"})
    await town.call("wecom_kf", town.kf.text(WHO, "好的谢谢"))
    assert len(town.bot.turns) == turns
    ended = town.kf.event(WHO, "session_status_change", change_type=3, old_servicer_userid="zhangsan", msg_code="END")
    await town.call("wecom_kf", ended)
    assert (await town.conversation("wecom_kf", WHO)).owner == "bot"
    await town.said("wecom_kf", WHO, "事情解决了吗")
    (survey,) = town.stub.calls("/cgi-bin/kf/send_msg_on_event")
    assert (survey.body["code"], survey.body["msgtype"]) == ("END", "msgmenu")


async def test_taking_from_the_pool_and_passing_on_in_wecom_changes_who_has_it(town):
    await town.call("wecom_kf", town.kf.text(WHO, "转人工"))
    await town.said("wecom_kf", WHO, "已为您转人工")
    taken = town.kf.event(WHO, "session_status_change", change_type=1, new_servicer_userid="zhangsan", msg_code="IN")
    await town.call("wecom_kf", taken)
    assert (await town.conversation("wecom_kf", WHO)).caseworker == "平台客服·zhangsan"
    await town.said("wecom_kf", WHO, "工作人员已接手")
    assert town.stub.calls("/cgi-bin/kf/send_msg_on_event")[0].body["code"] == "IN"
    passed = town.kf.event(
        WHO, "session_status_change", change_type=2, old_servicer_userid="zhangsan", new_servicer_userid="lisi"
    )
    await town.call("wecom_kf", passed)
    assert (await town.conversation("wecom_kf", WHO)).caseworker == "平台客服·lisi"


async def test_a_service_that_ended_without_a_word_is_noticed_with_the_next_message(town):
    await town.call("wecom_kf", town.kf.servicer(WHO, "zhangsan", "我来处理。"))
    town.stub.script("/cgi-bin/kf/service_state/get", {"errcode": 0, "service_state": 0})
    await town.call("wecom_kf", town.kf.text(WHO, LAMP))
    await town.said("wecom_kf", WHO, "路灯照明")
    assert (await town.conversation("wecom_kf", WHO)).owner == "bot"


async def test_a_servicer_who_goes_off_duty_leaves_a_task_for_each_resident(town):
    await town.call("wecom_kf", town.kf.servicer(WHO, "zhangsan", "我来处理。"))
    event = {
        "event_type": "servicer_status_change",
        "servicer_userid": "zhangsan",
        "status": 2,
        "open_kfid": "wk99000001",
    }
    town.kf.mailbox.append({"msgid": "duty-1", "origin": 4, "msgtype": "event", "event": event})
    await town.call("wecom_kf", town.kf._ring())
    assert [kind for kind, _ in await town.tasks()] == ["off_duty"]


async def test_a_servicer_who_shuts_a_resident_out_leaves_a_task(town):
    event = town.kf.event(WHO, "reject_customer_msg_switch_change", servicer_userid="zhangsan", reject_switch=1)
    await town.call("wecom_kf", event)
    assert [kind for kind, _ in await town.tasks()] == ["shut_out"]
