"""Reads one message and answers everything the bot asks about it. Free of Rasa."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bot.boundary.policy import ANSWER, POLICY_FILE, PolicyFile
from bot.boundary.screen import screen
from bot.boundary.taxonomy import taxonomy
from bot.nlu import calls, knowledge
from bot.nlu.classifier import TextClassifier, Verdict
from bot.nlu.encoder import ENCODER, Reading
from bot.nlu.matters import told_apart
from bot.nlu.opened import Unavailable
from bot.nlu.places import in_one_piece
from bot.nlu.questions import (
    ACT,
    CATEGORY,
    EMERGENCY,
    INFORM,
    NEEDS_PERSON,
    REPORT,
    TRIGGER,
    TYPE,
    UNCLEAR,
    URGENT,
    YES,
)
from bot.nlu.segment import words
from bot.nlu.spans import PLACE, Span, SpanTagger
from bot.normalize import Normalized, normalize, spoken
from bot.privacy import pii
from bot.privacy.addresses import door
from bot.privacy.illnesses import illness_within, is_illness, is_someones
from bot.privacy.names import could_be_name, is_a_business, name_within

# A few words that only add to what was said (inform) name no matter; what is this surely about something tells it. Nor
# does an act that is less than this sure stand against it (井盖没了 sounds like something settled).
SURELY, DOUBTFUL = 0.6, 0.6
# So much must be left beside the place and the time to say what happened, in characters.
TELLING = 4
# What is heard as an emergency, or as somebody in danger from others or from themselves, is urgent at this chance already:
# a missed one costs more. Chosen on the development sets.
URGENT_AT = {EMERGENCY: 0.05, "self_harm": 0.1, "violence": 0.1}
# How far around a name its words are looked at, in characters.
_NEAR_A_NAME = 10


class Reader:
    """The trained model with the boundary that is in force."""

    def __init__(self, folder: Path, policy_file: Path | str = POLICY_FILE) -> None:
        self.classifier = TextClassifier.load(folder)
        self.tagger = SpanTagger.load(folder)
        self.policy = PolicyFile(policy_file)
        # Opened now, so that the first resident need not wait and /readyz knows.
        knowledge.approved()
        _studied("")

    def read(self, text: str) -> dict[str, Any]:
        """Everything understood about a message, as plain JSON data; offsets are those of the text given."""
        folded, said = normalize(text), spoken(text)
        studied = _studied(said.text)
        verdict = self.classifier.judge(said.text, studied and studied.vector)
        marked = self._marked(said, studied)
        trigger = calls.heard(self.classifier, verdict, screen(folded), folded, _said(text, marked))
        kind, _ = verdict.best(TYPE)
        candidates = list(verdict.probabilities[CATEGORY].items())[:3]
        category, confidence = candidates[0]
        margin = confidence - candidates[1][1] if len(candidates) > 1 else 1.0
        decision = self.policy.current().decide(category, kind, trigger["trigger"], confidence, margin)
        return {
            "act": self._act(verdict, trigger["trigger"], _tells_a_matter(text, category, confidence, marked)),
            "type": kind,
            "category": taxonomy().parent(category),
            "subcategory": category,
            "confidence": round(confidence, 4),
            "candidates": [[code, round(p, 4)] for code, p in candidates],
            **trigger,
            "urgent": _is_urgent(verdict, trigger["trigger"]),
            "disposition": decision.disposition,
            "doubt": decision.doubt,
            **marked,
            "matters": [] if trigger["trigger"] else told_apart(self.classifier, folded, verdict),
            "knowledge": self._knowledge(text, category, decision.disposition),
            "why": self._why(verdict, category, trigger, decision.rule),
            "truncated": folded.truncated,
            "degraded": verdict.degraded,
        }

    def _knowledge(self, text: str, category: str, disposition: str) -> dict[str, Any] | None:
        return knowledge.approved().find(text, category) if disposition == ANSWER else None

    def _act(self, verdict: Verdict, trigger: str | None, tells: bool) -> dict[str, Any]:
        """The dialogue act with its ranking; `needs_person` exactly when a trigger was found, and then `otherwise` is what
        it would have been without. `only_moves`: surely no matter of its own. What `tells` a matter is a report, however much it sounds like an addition to one."""
        ranking = {name: p for name, p in verdict.probabilities[ACT].items() if name != NEEDS_PERSON}
        total = sum(ranking.values()) or 1.0
        first = next(iter(ranking))
        if tells and first != REPORT and (first == INFORM or ranking[first] < DOUBTFUL * total):
            swapped = {REPORT: ranking[first], first: ranking[REPORT]}
            ranking = {REPORT: 0.0} | ranking | swapped
        otherwise = next(iter(ranking))
        if trigger is not None:
            ranking, total = {NEEDS_PERSON: 1.0, **{name: 0.0 for name in ranking}}, 1.0
        listed = [{"name": name, "confidence": round(p / total, 4)} for name, p in ranking.items()]
        return {**listed[0], "otherwise": otherwise, "only_moves": calls.only_moves(verdict), "ranking": listed[:10]}

    def _marked(self, said: Normalized, studied: Reading | None) -> dict[str, Any]:
        """Places, times and personal data."""
        text, tagged = said.original, self.tagger.find(said.text, studied and _tags_of(studied))
        found = [_described(said, span) for span in tagged]
        personal = [_personal(s) for s in found if _is_personal(s, text)]
        places = [span for span in found if span["kind"] == PLACE]
        doors = list(_doors(said, tagged))
        by_rule = [_from_its_place(one, places) for one in pii.find(text)]
        by_rule = [one for one in by_rule if not any(_is_the_same_door(one, door) for door in doors)]
        begun = sorted(one.start for one in by_rule if one.kind == "name")
        personal = [one for one in personal if not _has_a_name_within(one, begun)]
        merged = pii.without_overlaps([*by_rule, *personal, *doors])
        return {
            "place": max(places, key=lambda span: span["end"] - span["start"], default=None),
            "time": next((span for span in found if span["kind"] == "time"), None),
            "spans": found,
            "pii": [{"kind": p.kind, "span": [p.start, p.end]} for p in merged],
        }

    def _why(self, verdict: Verdict, category: str, trigger: dict[str, Any], rule: str) -> dict[str, Any]:
        why = {"phrases": self.classifier.phrases(verdict.wording, CATEGORY, category), "rule": rule, "nearest": []}
        if trigger["trigger_rule"]:
            by_rule = trigger["trigger_rule"]
            why["rule"] = by_rule if by_rule == calls.ASKED else f"生命安全规则 {by_rule}"
        elif trigger["part"]:
            why["rule"] = f"其中一处单独听着危险：{trigger['part']}"
            why["nearest"] = self.classifier.nearest(
                self.classifier.wording.row(trigger["part"]), TRIGGER, trigger["trigger"]
            )
        elif trigger["pressing"]:
            why["rule"] = "听着等不得，两小时内要有真人"
            why["nearest"] = self.classifier.nearest(verdict.wording, URGENT, YES)
        elif trigger["trigger"]:
            why["nearest"] = self.classifier.nearest(verdict.wording, TRIGGER, trigger["trigger"])
        return why


def _is_urgent(verdict: Verdict, trigger: str | None) -> bool:
    """Likelier than not; where life is in danger, not surely otherwise. 再见 has nothing that could be urgent."""
    if trigger in URGENT_AT:
        return verdict.probabilities[URGENT][YES] >= URGENT_AT[trigger]
    return not calls.only_moves(verdict) and verdict.best(URGENT)[0] == YES


def _tells_a_matter(text: str, category: str, confidence: float, marked: dict[str, Any]) -> bool:
    return confidence >= SURELY and not category.startswith(UNCLEAR) and _said(text, marked) >= TELLING


def _said(text: str, marked: dict[str, Any]) -> int:
    """How many characters there are besides places and times."""
    return len(text) - sum(s["end"] - s["start"] for s in marked["spans"] if s["kind"] in ("place", "time"))


def _studied(plain: str) -> Reading | None:
    """What the encoder reads in normalised text; None when it cannot be had."""
    try:
        return ENCODER.study(plain)
    except Unavailable:
        return None


def _tags_of(studied: Reading) -> Callable[[], np.ndarray | None]:
    def tags() -> np.ndarray | None:
        try:
            return studied.tags()
        except Unavailable:
            return None

    return tags


def _doors(said: Normalized, tagged: list[Span]) -> Iterator[pii.Pii]:
    for span in tagged:
        if span.kind == PLACE and (end := door(said.text, span.start, span.end)) > span.start:
            yield pii.behind_a_blank(said.original, pii.Pii("address", *said.span(span.start, end)))


def _from_its_place(one: pii.Pii, places: list[dict[str, Any]]) -> pii.Pii:
    """An address that a rule found, from where its place begins: that is seen better by what was learned."""
    begins = [place["start"] for place in places if one.start < place["start"] < one.end]
    return replace(one, start=begins[0]) if one.kind == "address" and begins else one


def _is_the_same_door(one: pii.Pii, door: pii.Pii) -> bool:
    return one.kind == door.kind and one.start < door.end and door.start < one.end


def _has_a_name_within(one: pii.Pii, begun: list[int]) -> bool:
    """小舅子|夏长根: where a name begins, the rules know better; `begun` is where theirs do, in order."""
    later = bisect_right(begun, one.start)
    return one.kind == "name" and later < len(begun) and begun[later] < one.end


def _personal(span: dict[str, Any]) -> pii.Pii:
    start, end = (name_within if span["kind"] == "name" else illness_within)(span["text"])
    return pii.Pii(span["kind"], span["start"] + start, span["start"] + end)


def _is_personal(span: dict[str, Any], text: str) -> bool:
    """Whether a name names somebody, and an illness is somebody's."""
    if span["kind"] == "name":
        ordinary = _inside_a_word(text, span["start"]) or is_a_business(text, span["start"], span["end"])
        return could_be_name(span["text"]) and not ordinary
    return span["kind"] == "health" and is_illness(span["text"]) and is_someones(text, span["start"], span["end"])


def _inside_a_word(text: str, place: int) -> bool:
    """高中老师 has no 中老师 in it."""
    start = max(0, place - _NEAR_A_NAME)
    near = text[start : place + _NEAR_A_NAME]
    at = 0
    for word in words(near):
        at = near.find(word, at)
        if at < place - start < at + len(word):
            return len(word) == 2  # longer ones are guesses of the segmenter more often than words
        at += len(word)
    return False


def _described(said: Normalized, span: Span) -> dict[str, Any]:
    start, end = said.span(span.start, span.end)
    if span.kind == PLACE:
        start, end = in_one_piece(said.original, start, end)
    return {"kind": span.kind, "text": said.original[start:end], "start": start, "end": end}
