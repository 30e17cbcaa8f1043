"""The one message that may follow when the reply window is closed."""

from __future__ import annotations

import pytest

from bot.channels.message import ConfigError, SendFailure
from bot.channels.template import TEXT_LIMIT
from handoff.service.reaching import REMINDER

from .conftest import SetClock, Side, account, side_of
from .test_vectors import API, fits

DATA = "thing1={text}; time2={time}; number3={number}"
WORDS = {"text": REMINDER, "time": "2026-03-02 17:00", "number": ""}


@pytest.mark.parametrize(
    ("kind", "template", "path", "sample"),
    [
        ("wechat", "template", "/cgi-bin/message/template/send", "MessageTemplateSendRequest"),
        ("wechat", "subscription", "/cgi-bin/message/subscribe/bizsend", "MessageSubscribeBusinessSendRequest"),
        ("miniprogram", "subscription", "/cgi-bin/message/subscribe/send", "MessageSubscribeSendRequest"),
    ],
)
async def test_a_notice_goes_to_the_platforms_own_address_in_its_own_form(
    kind, template, path, sample, stub, session, clock: SetClock
):
    where = {"template_url": "https://example.org/chat", "template_page": "index"}
    side = side_of(kind, stub, session, clock, template_id="T", template_data=DATA, template_kind=template, **where)
    await side.channel.remind(side.session, side.tokens, "resident-99", WORDS, "m-1")
    (call,) = stub.calls(path)
    assert {name: value["value"] for name, value in call.body["data"].items()} == {
        "thing1": REMINDER,
        "time2": "2026-03-02 17:00",
        "number3": "-",  # an empty value would be refused
    }
    assert call.body.get("client_msg_id") == ("m-1" if template == "template" else None)  # only template/send has it
    assert fits({name: value for name, value in call.body.items() if name != "data"}, API[sample])


def test_the_reminder_fits_the_shortest_field():
    assert len(REMINDER) <= TEXT_LIMIT


async def test_without_a_template_an_account_says_that_it_cannot(side: Side):
    with pytest.raises(SendFailure) as failed:
        await side.channel.remind(side.session, side.tokens, "resident-99", WORDS, "m-1")
    assert failed.value.disposition == "GIVE_TO_PERSON"


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("wechat", {"template_id": "T"}),
        ("wechat", {"template_data": DATA}),
        ("wechat", {"template_id": "T", "template_data": "{text}"}),
        ("wechat", {"template_id": "T", "template_data": "thing1={words}"}),
        ("wechat", {"template_id": "T", "template_data": DATA, "template_kind": "sms"}),
        ("miniprogram", {"template_id": "T", "template_data": DATA}),
        ("wecom_kf", {"template_id": "T", "template_data": DATA}),
    ],
)
def test_a_template_that_cannot_work_stops_the_start(kind: str, settings: dict, clock: SetClock):
    with pytest.raises(ConfigError) as wrong:
        account(kind, clock, **settings)
    assert "template" in str(wrong.value) and "\n" not in str(wrong.value)
