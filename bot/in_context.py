"""A message read beside what came before it: the reading of the message alone, set right by the conversation.

Pure data in, pure data out. The parsing itself is passed in, so that a correction's second half, or fragments that
belong together, are read by the same trained machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot import anonymity, follow_up, told_number
from bot.boundary import context
from bot.boundary.taxonomy import taxonomy
from bot.boundary.triggers import priority_of
from bot.corrections import drops_one, take_apart
from bot.nlu import knowledge
from bot.pieces import cut, joined

Parsed = dict[str, Any]
Parse = Callable[[str], Awaitable[Parsed]]
REPORT, NEEDS_PERSON, INFORM, CORRECT, PROGRESS = "report", "needs_person", "inform", "correct", "ask_progress"
# A question about who one is talking to: answered in between, whatever was being registered goes on.
ABOUT_US = "bot_challenge"
# What tells something about a matter: only these are read together with the fragments before them.
TELLING = frozenset({REPORT, INFORM, "correct", "chitchat", "deny", "affirm", "repeat", "not_solved"})
# What words like 不是3号楼，是5号楼 may be heard as right after a case was registered.
CORRECTS = frozenset({INFORM, "deny", "chitchat", "affirm", "repeat"})
# What a question that only asks on may be heard as; these two answer something by themselves.
ASKS_ON = frozenset({REPORT, INFORM, CORRECT, "chitchat", "repeat", "ask_capabilities"})
ANSWER_THEMSELVES = frozenset({PROGRESS, "offline_options"})
# What a case number may stand beside; with anything else it asks how the case is.
ABOUT_CASES = frozenset({"withdraw_case", "confirm_solved", "not_solved", "who_handles", NEEDS_PERSON})
# Triggers that only say that a message alone means nothing: asked for something, it may mean a lot (不知道, 1, 不对).
# The same holds of the others where a message only moves the dialogue on (三天了), unless a readable rule fired or the
# detector is this sure of danger to life.
ALONE = frozenset({"ambiguous", "bot_failed"})
SURELY_DANGER = 0.9
MORE = 6  # characters beside a case number that tell something of it
# What is said of a case that is there already.
OF_A_CASE = frozenset({"not_solved", "confirm_solved", "withdraw_case"})
ANONYMITY = "anonymity"
# What an understanding says of the call for a person.
CALL = ("trigger", "trigger_confidence", "trigger_rule", "pressing", "part", "priority", "disposition")


@dataclass(frozen=True)
class Heard:
    """Where the conversation stands: the resident's earlier texts, fragments not yet understood, what was asked, the
    question that was answered just now."""

    facts: dict[str, Any]
    earlier: list[str] = field(default_factory=list)
    fragments: list[dict[str, Any]] = field(default_factory=list)  # {"text", "pieces"}
    in_form: bool = False
    question: follow_up.Question | None = None


async def read(text: str, heard: Heard, parse: Parse) -> Parsed:
    """What `parse` says of the text, with `understanding.pieces` (where each part stands in the ledger),
    `understanding.correction` in a form or of a case (the two halves, each read by itself), `understanding.asks` where
    it is asked who hears of a name, and `understanding.asks_on` where a question goes on from the one before."""
    parsed = await parse(text)
    beside = None if heard.question else context.without_anonymity(text)
    if beside is not None and not await _is_graver(parsed, text, beside, heard, parse):
        return await _asks_who_hears(parsed, text, beside, heard, parse)
    if heard.question and (on := await _asked_on(parsed, text, heard, parse)):
        return on
    return await _read(parsed, text, heard, parse)


async def _read(parsed: Parsed, text: str, heard: Heard, parse: Parse) -> Parsed:
    own, pieces = text, _pieces(heard, text)
    if heard.fragments and _intent(parsed) in TELLING:
        before = [(part["text"], part["pieces"]) for part in heard.fragments]
        text, pieces = joined([*before, (text, pieces)])
        parsed = _told(await parse(text))
    parsed["understanding"] = {**(parsed.get("understanding") or {}), "pieces": pieces}
    if (heard.in_form or _has_open_case(heard)) and (correction := await _correction(text, parse)):
        parsed["understanding"]["correction"] = correction
    if heard.facts.get("case_number") and (rest := _beside_the_number(own)):
        parsed = _with_the_rest(parsed, await parse(rest))
    return await asyncio.to_thread(_with_answers, _settled(parsed, own, heard), text)


def _pieces(heard: Heard, text: str) -> list[dict[str, int]]:
    return heard.facts.get("pieces") or [_piece(heard.facts.get("message_seq") or 0, text)]


def _has_open_case(heard: Heard) -> bool:
    return any(case.get("status") != "closed" for case in heard.facts.get("open_cases") or [])


def _is_grave(parsed: Parsed) -> bool:
    """Danger to life, or what a readable rule found (a person asked for in so many words): nothing else is looked at."""
    understood = parsed.get("understanding") or {}
    return priority_of(understood.get("trigger")) == "P0" or bool(understood.get("trigger_rule"))


async def _is_graver(parsed: Parsed, text: str, beside: list[tuple[int, int]], heard: Heard, parse: Parse) -> bool:
    """Whether more is meant than the question whether a name gets out."""
    understood, cases = parsed.get("understanding") or {}, heard.facts.get("open_cases") or []
    told = [*_words(heard), *(text[start:end] for start, end in beside)]
    return _is_grave(parsed) and not await anonymity.is_all_there_is(understood, text, told, cases, parse)


async def _asks_who_hears(
    parsed: Parsed, text: str, beside: list[tuple[int, int]], heard: Heard, parse: Parse
) -> Parsed:
    """The question is answered with whatever is said; what is told beside it is read by itself."""
    if anonymity.may_be_found_out(text, _words(heard)):
        called = _with_trigger(parsed, anonymity.VIOLENCE, "被人威胁过，怕对方知道")
        return {**called, "understanding": {**called["understanding"], "pieces": _pieces(heard, text)}}
    if not beside:
        return _asks_for_anonymity(parsed, heard, text)
    own = _pieces(heard, text)
    rest, pieces = joined([(text[start:end], cut(own, start, end)) for start, end in beside])
    told = await read(rest, replace(heard, facts={**heard.facts, "pieces": pieces}), parse)
    return {**told, "understanding": {**told["understanding"], "asks": ANONYMITY}}


def _words(heard: Heard) -> list[str]:
    """What was said before; a pressed button says nothing."""
    return [text for text in heard.earlier if not text.startswith("/")]


def _asks_for_anonymity(parsed: Parsed, heard: Heard, text: str) -> Parsed:
    told = {"subcategory": "C9902", "doubt": None, "matters": [], "knowledge": None, "asks": ANONYMITY}
    calm = _without_call(parsed, ABOUT_US, "问名字会不会传出去", **told)
    return {**calm, "understanding": {**calm["understanding"], "pieces": _pieces(heard, text)}}


async def _asked_on(parsed: Parsed, text: str, heard: Heard, parse: Parse) -> Parsed | None:
    """The question read together with what the one before it was about; None when it stands by itself."""
    kind, intent = follow_up.kind_of(text), _intent(parsed)
    if kind is None or intent not in ASKS_ON | ANSWER_THEMSELVES:
        return None
    whole = follow_up.together(heard.question, text, _pieces(heard, text))
    read = await parse(whole[0]) if whole else {}
    understood = read.get("understanding") or {}
    if taxonomy().parent(understood.get("subcategory") or "") != taxonomy().parent(heard.question.category):
        return None
    if _intent(read) == NEEDS_PERSON:  # 我妈能办吗: by itself it says too little to be heard as that
        return {**read, "understanding": {**understood, "pieces": whole[1]}}
    found = follow_up.telling(understood.get("knowledge"), kind)
    if found is None and intent in ANSWER_THEMSELVES:
        return None
    return {**_as(read, REPORT), "understanding": _on(understood, found, whole[1], heard.question)}


def _on(understood: dict[str, Any], hit: dict | None, pieces: list, question: follow_up.Question) -> dict[str, Any]:
    answered = [*question.answered, *([hit["id"]] if hit else [])]
    asked = {"text": question.text, "pieces": question.pieces, "answered": answered, "category": question.category}
    return {**understood, "knowledge": hit, "doubt": None, "matters": [], "pieces": pieces, "asks_on": asked}


def _with_answers(parsed: Parsed, text: str) -> Parsed:
    """With `understanding.answers`: what the approved knowledge says (its id) for each reading that may yet be the one,
    chosen by the resident or told beside another."""
    understood = parsed.get("understanding") or {}
    open_still = understood.get("doubt") or understood.get("disposition") is None or _intent(parsed) == INFORM
    readings = [code for code, _ in understood.get("candidates") or []] if open_still else []
    told = [one["subcategory"] for one in understood.get("matters") or []]
    hits = {code: knowledge.approved().find(text, code) for code in dict.fromkeys([*told, *readings])}
    found = {code: hit["id"] for code, hit in hits.items() if hit}
    return {**parsed, "understanding": {**understood, "answers": found}} if found else parsed


def _piece(seq: int, text: str) -> dict[str, int]:
    return {"seq": seq, "start": 0, "end": len(text), "at": 0}


def _told(parsed: Parsed) -> Parsed:
    """Fragments put together tell of a matter if they tell of anything."""
    understood = parsed.get("understanding") or {}
    about_nothing = understood.get("subcategory") in (None, "C9902", "C9903")
    return parsed if _intent(parsed) == NEEDS_PERSON or about_nothing else _as(parsed, REPORT)


async def _correction(text: str, parse: Parse) -> dict[str, Any] | None:
    taken = take_apart(text)
    if taken is None:
        return None
    readings = {name: (await parse(half)).get("understanding") or {} for name, half in _halves(taken) if half}
    return {"denied": taken.denied, "asserted": taken.asserted, "start": taken.start, "field": taken.field, **readings}


def _halves(taken) -> tuple[tuple[str, str], ...]:
    return ("asserted_read", taken.asserted), ("denied_read", taken.denied)


def _settled(parsed: Parsed, text: str, heard: Heard) -> Parsed:
    """Sets the intent right where the conversation says more than the sentence."""
    trigger, why = _trigger(parsed, text, heard)
    if trigger:
        return _with_trigger(parsed, trigger, why)
    if _may_be_asked(parsed, text, heard):
        return _unclear(parsed)
    if (heard.in_form or heard.fragments) and (answer := _as_an_answer(parsed, text)):
        return answer
    if heard.in_form and drops_one(text) and _intent(parsed) != NEEDS_PERSON:
        return _as(parsed, CORRECT)
    if not heard.in_form and _intent(parsed) in CORRECTS and _says_otherwise(parsed):
        return _as(parsed, CORRECT)
    if heard.facts.get("case_number") and _intent(parsed) not in ABOUT_CASES and not _tells_more(parsed, text):
        return _as(parsed, PROGRESS)
    if _intent(parsed) in OF_A_CASE and heard.facts.get("open_cases") == []:
        # 不亮了: there is no case that it could be said of.
        clear = (parsed.get("understanding") or {}).get("subcategory") not in (None, "C9902", "C9903")
        return _as(parsed, REPORT if clear else INFORM)
    if heard.facts.get("kind") == "location":
        return _without_call(parsed, INFORM, "只发来位置") if _intent(parsed) == NEEDS_PERSON else _as(parsed, INFORM)
    return parsed


def _says_otherwise(parsed: Parsed) -> bool:
    """Something denied and something said instead, of the case that is there."""
    correction = (parsed.get("understanding") or {}).get("correction") or {}
    return bool(correction.get("denied") and correction.get("asserted"))


def _trigger(parsed: Parsed, text: str, heard: Heard) -> tuple[str | None, str]:
    found = (parsed.get("understanding") or {}).get("trigger")
    if priority_of(found) == "P0":
        return None, ""
    if _intent(parsed) in (REPORT, NEEDS_PERSON) and any(map(context.is_child, [*heard.earlier, text])):
        return "minor", "孩子自己在写"
    if context.about_machine_decision(text):
        return "legal_eligibility", "问是人还是机器定的"
    if context.anger_rises(text, heard.earlier):
        return "anger_petition", "火气在往上走"
    if not found and _intent(parsed) in (REPORT, INFORM) and len(heard.earlier) > 1 and {*heard.earlier[-2:]} == {text}:
        return "bot_failed", "同一句话说了三遍"
    return None, ""


def _beside_the_number(text: str) -> str:
    """What else is said beside a case number, "" when it is too little to tell anything."""
    rest = told_number.without(text).strip(" ，,。:：")
    return rest if sum(map(str.isalpha, rest)) >= MORE else ""


def _with_the_rest(parsed: Parsed, rest: Parsed) -> Parsed:
    """A number makes anything sound like a question for progress: what stands beside it says what is wanted. A call for a
    person stays one, whichever of the two readings heard it."""
    if _intent(parsed) == NEEDS_PERSON:
        return parsed
    if _intent(rest) == NEEDS_PERSON:
        said = rest.get("understanding") or {}
        called = _explained(parsed, *_reasons(said), **{key: said.get(key) for key in CALL})
        return {**_as(parsed, NEEDS_PERSON), "understanding": called}
    return _as(parsed, _intent(rest) or PROGRESS)


def _tells_more(parsed: Parsed, text: str) -> bool:
    """Whether there is more beside the case number than a question for it."""
    return _intent(parsed) in (REPORT, INFORM, CORRECT) and bool(_beside_the_number(text))


def _may_be_asked(parsed: Parsed, text: str, heard: Heard) -> bool:
    """Nothing was asked yet, and words alone (no picture, no voice) say too little: the boundary allows one question."""
    found = (parsed.get("understanding") or {}).get("trigger")
    plain = not heard.in_form and not heard.fragments and any(char.isalpha() for char in text)
    return found == "ambiguous" and plain and not context.may_be_a_cry(text)


def _unclear(parsed: Parsed) -> Parsed:
    return _without_call(parsed, INFORM, "话太短，先问一次", subcategory="C9903", doubt="low", matters=[])


def _as_an_answer(parsed: Parsed, text: str) -> Parsed | None:
    """The message as an answer to what was asked, when only its standing alone made it a call for a person. What may be a
    cry for help is no answer, whatever was asked."""
    understood = parsed.get("understanding") or {}
    act = understood.get("act") or {}
    trigger, chance = understood.get("trigger"), understood.get("trigger_confidence") or 0
    pressing = priority_of(trigger) == "P0" and chance >= SURELY_DANGER
    alone = trigger in ALONE or (trigger and act.get("only_moves") and not pressing)
    if not alone or understood.get("trigger_rule") or context.may_be_a_cry(text):
        return None
    return _without_call(parsed, act.get("otherwise") or INFORM, "这句是在回答机器人的问话")


def _without_call(parsed: Parsed, intent: str, why: str, **told: Any) -> Parsed:
    """The message when the conversation shows that it calls nobody."""
    calm = _explained(parsed, f"对话规则：{why}", **dict.fromkeys(CALL), **told)
    return {**_as(parsed, intent), "understanding": calm}


def _with_trigger(parsed: Parsed, trigger: str, why: str) -> Parsed:
    told = {"trigger": trigger, "priority": priority_of(trigger), "trigger_rule": why, "disposition": "hand_off"}
    return {**_as(parsed, NEEDS_PERSON), "understanding": _explained(parsed, f"对话规则：{why}", **told)}


def _explained(parsed: Parsed, rule: str | None, nearest: Sequence[str] = (), **told: Any) -> dict[str, Any]:
    """The understanding with what is decided otherwise, and the reasons of that decision instead of those of the last."""
    understood = parsed.get("understanding") or {}
    why = {**(understood.get("why") or {}), "rule": rule, "nearest": list(nearest)}
    return {**understood, **told, "why": why}


def _reasons(understood: dict[str, Any]) -> tuple[str | None, list[str]]:
    why = understood.get("why") or {}
    return why.get("rule"), why.get("nearest") or []


def _as(parsed: Parsed, intent: str) -> Parsed:
    return {**parsed, "intent": {"name": intent, "confidence": 1.0}}


def _intent(parsed: Parsed) -> str | None:
    return (parsed.get("intent") or {}).get("name")
