"""Who cannot write: a recording nobody can hear is asked for once, then a person takes over; a photo is thanked for."""

import pytest

from actions import texts
from actions.talk import Acknowledge, NotUnderstood
from actions.unreadable import Unreadable
from tests.support.talk import LAMP, LIFT, NUMBER, Talk, told, understood


async def sends_voice(talk):
    return await talk.hears("/voice_unheard", Unreadable(), intent="voice_unheard")


async def test_an_unheard_recording_is_asked_for_once_and_the_second_brings_a_person():
    talk = await sends_voice(Talk())
    assert talk.said == [texts.VOICE]
    await sends_voice(talk)
    assert talk.commands == [{"command": "hand_off", "trigger": "ambiguous"}]
    assert talk.said == []


async def test_a_recording_after_words_that_were_not_understood_is_the_second_unclear_round():
    talk = await Talk().hears("那个那个", NotUnderstood(), intent="inform")
    assert (await sends_voice(talk)).commands[0]["trigger"] == "ambiguous"


async def test_between_two_recordings_that_are_not_one_after_the_other_nothing_is_lost():
    talk = await sends_voice(Talk())
    await talk.hears("路灯坏了", **understood(LAMP))
    assert (await sends_voice(talk)).said == [texts.VOICE]


async def test_the_person_gets_what_the_form_had_heard_and_the_form_is_over():
    talk = await Talk().hears("灯坏了，另外电梯停了", **understood(LAMP, matters=told((LAMP, "求助"), (LIFT, "求助"))))
    talk.loop = "report_form"
    await sends_voice(await sends_voice(talk))
    assert talk.named == [("register_case", LIFT), ("hand_off", LAMP)]
    assert talk.loop is None
    assert talk.slots["matter"] is None


async def sends_photo(talk):
    return await talk.hears("/send_picture", Unreadable(), intent="send_picture")


def registered(status="registered", **slots):
    talk = Talk(message_seq=4, open_cases=[{"number": NUMBER, "status": status}])
    talk.slots |= {"registered_at": 5, **slots}
    return talk


async def test_photos_right_after_the_number_are_added_to_the_case_and_nothing_is_asked():
    talk = await registered().hears("对", Acknowledge(), intent="affirm")
    for seq in (6, 7):
        await sends_photo(talk)
        assert talk.commands == [{"command": "add_to_case", "message_seqs": [seq]}]
        assert talk.said == [texts.PICTURE_ADDED]


@pytest.mark.parametrize(
    ("case", "loop", "said"),
    [
        ({"status": "closed"}, None, texts.PICTURE),
        ({"registered_at": 1}, None, texts.PICTURE),
        ({"heard": [{"text": "那边", "pieces": []}]}, None, texts.PICTURE),
        ({}, "report_form", texts.PICTURE_KEPT),
    ],
    ids=["the case is closed", "long ago", "something else was asked", "something else is told"],
)
async def test_else_a_photo_is_kept_and_belongs_to_no_case_yet(case, loop, said):
    talk = await registered(**case).hears("对", Acknowledge(), intent="affirm")
    talk.loop = loop
    await sends_photo(talk)
    assert (talk.commands, talk.said) == ([], [said])
