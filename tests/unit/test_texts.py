"""R11 and R6 over everything the bot can say: short sentences, no numbers asked for, no persuasion, no promise."""

import re
from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
import yaml

from actions import answers, proposal, texts
from actions.talk import Greet
from bot.boundary import knowledge, notices
from handoff.domain.models import Case, Conversation
from handoff.service import notices as desk_notices
from handoff.service import own_cases
from handoff.service.office import Office
from tests.support.talk import Talk

LONGEST = 40
NOW = datetime(2026, 3, 2, 1, 30, tzinfo=timezone.utc)
OFFICE = {"name": "幸福街道居民服务", "phone": "12345", "counter": "社区服务窗口", "hours": Office().hours}
FILLED = {
    "{case_number}": "261125-00013",
    "{due}": "11月30日（周一）17:30",
    "{answered}": "261125-00013：11月30日（周一）17:30前答复您。",
    "{progress}": "261125-00013：办理中，承办：幸福街道。",
    "{place}": "幸福小区3号楼2单元",
    "{category}": "心理与精神卫生服务",
    "{owner}": "现在是机器人在和您说话，还没有转给人。",
}
ASKS_FOR_NUMBERS = re.compile(
    r"(?:请|麻烦)?(?:提供|告诉我|发来|填写|输入|报一下).{0,6}(?:身份证|银行卡|证件号|卡号|验证码|密码)"
)
PROMISES = re.compile(r"(?<!不)保证|一定(?:会|给|能)|肯定(?:会|能)|马上(?:就)?(?:修|解决)|包您|没问题")
PERSUADES = re.compile(r"请耐心等待|先试试|再试一次吧|不用找人|何必|为什么要找")


def said_by_actions() -> list[str]:
    plain = [value for name, value in vars(texts).items() if name.isupper() and isinstance(value, str)]
    named = [texts.registered(kind, several) for kind in (*texts.NEXT, "求助") for several in (False, True)]
    case = {"number": "261125-00013", "state": "办理中"}
    long_name = "心理与精神卫生服务与其他"
    return [
        *plain,
        *texts.SMALL_TALK.values(),
        *named,
        texts.offline(OFFICE),
        texts.same_case(case, long_name),
        texts.confirmation([long_name], "求助", ["幸福小区3号楼"]),
        texts.confirmation(["路灯照明", long_name], "求助", ["幸福小区3号楼", None]),
        proposal.notice(OFFICE),
        proposal.NO_NUMBERS,
    ]


def said_by_desk() -> list[str]:
    wishes = [words.format(number="261125-00013") for _, _, words in own_cases.WISHES.values()]
    parts = [
        part
        for n in notices.load().values()
        for part in (n.first_line, n.care, n.care_on_page, n.care_to_child, f"已为您转人工：{n.reason}。")
        if part
    ]
    return [
        *wishes,
        desk_notices.WRITE_SOMETHING,
        desk_notices.still_looked_after(),
        *called_or_not(),
        own_cases.CONFIRMED.format(number="261125-00013"),
        own_cases.NONE_SOLVED,
        own_cases.NONE_WITHDRAWN,
        *parts,
        *cases_in_words(),
    ]


def called_or_not() -> list[str]:
    waiting = Conversation(**dict.fromkeys(Conversation.__dataclass_fields__) | {"owner": "queue"})
    nobody = SimpleNamespace(people=SimpleNamespace(with_console=lambda now: []))
    danger = replace(waiting, reason_trigger="self_harm")
    offices = (Office(pages=True), Office())
    return [desk_notices.called(nobody, office, one, NOW) for office in offices for one in (waiting, danger)]


def cases_in_words() -> list[str]:
    case = Case(
        "261125-00013", 1, 1, "求助", "C0406", None, None, "路灯坏了", "closed", False, False, None, NOW, NOW, "bot",
        unit="幸福街道城市管理办公室", outcome="done_unconfirmed", closed_at=NOW,
    )  # fmt: skip
    opened = Case(**{**case.__dict__, "status": "in_progress", "outcome": None})
    bot = Conversation(**dict.fromkeys(Conversation.__dataclass_fields__) | {"owner": "bot"})
    progress = desk_notices.progress([case, opened], NOW)
    steps = [desk_notices.of_step(case, kind, "等备件", NOW) for kind in ("propose_done", "close", "extend")]
    waits = Case(**{**opened.__dict__, "status": "awaiting_confirmation"})
    return [
        *steps,
        desk_notices.progress([waits], NOW),
        progress,
        desk_notices.progress([], NOW),
        desk_notices.who_handles(bot, [opened]),
    ]


def said_from_knowledge() -> list[str]:
    return [answers.in_words(entry) for entry in knowledge.entries().values()]


def sentences(text: str) -> list[str]:
    for name, value in FILLED.items():
        text = text.replace(name, value)
    return [part for part in re.split(r"[。！？\n]", text) if part.strip()]


EVERYTHING = [*said_by_actions(), *said_by_desk(), *said_from_knowledge()]


@pytest.mark.parametrize("text", EVERYTHING, ids=lambda text: text[:16])
def test_every_sentence_has_at_most_forty_characters(text):
    assert [sentence for sentence in sentences(text) if len(sentence) > LONGEST] == []


@pytest.mark.parametrize("text", [*said_by_actions(), *said_by_desk()], ids=lambda text: text[:16])
def test_nothing_asks_for_numbers_persuades_or_promises(text):
    assert not ASKS_FOR_NUMBERS.search(text)
    assert not PERSUADES.search(text)
    assert not PROMISES.search(text)


@pytest.mark.parametrize("entry", knowledge.entries().values(), ids=lambda entry: entry.id)
def test_every_answer_names_its_source_and_the_day_it_was_reviewed(entry):
    said = answers.in_words(entry)
    assert entry.source in said.replace("\n", "")
    assert str(entry.reviewed_on) in said


def test_the_doors_stand_under_whatever_is_said():
    from rasa_sdk import Tracker
    from rasa_sdk.executor import CollectingDispatcher

    dispatcher = CollectingDispatcher()
    tracker = Tracker("1-1", {}, {"metadata": {}}, [], False, None, {}, "action_listen")
    proposal.say(dispatcher, tracker, "好", [texts.RIGHT])
    assert dispatcher.messages[0]["buttons"] == [texts.RIGHT, *texts.DOORS]
    assert [door["title"] for door in texts.DOORS] == ["转人工", "电话与线下", "代办上门"]


def test_every_action_of_the_domain_exists_and_no_other():
    import inspect

    from rasa_sdk import Action

    from actions import about_case, consider, form, talk, unreadable

    with open("domain.yml", encoding="utf-8") as file:
        listed = yaml.safe_load(file)["actions"]
    # An action with an option is written as {name: options}.
    named = {one if isinstance(one, str) else next(iter(one)) for one in listed}
    found = {
        cls().name()
        for module in (about_case, consider, form, talk, unreadable)
        for cls in vars(module).values()
        if inspect.isclass(cls) and issubclass(cls, Action) and cls.__module__ == module.__name__
    }
    assert found == named


@pytest.mark.parametrize("media", [True, False])
async def test_a_voice_message_is_offered_only_where_one_can_be_sent(media):
    talk = await Talk(media=media).hears("你好", Greet(), intent="greet")
    assert ("语音" in talk.said[0]) == media
