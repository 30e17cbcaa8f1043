"""Reads one message and answers everything the bot asks about it. Free of Rasa."""

import re
from pathlib import Path
from typing import Any

import numpy as np

from bot.boundary.policy import ANSWER, POLICY_FILE, PolicyFile
from bot.boundary.screen import Screened, screen
from bot.boundary.taxonomy import taxonomy
from bot.boundary.triggers import priority_of
from bot.nlu.classifier import TextClassifier, Verdict
from bot.nlu.encoder import ENCODER, Unavailable
from bot.nlu.knowledge import Knowledge
from bot.nlu.questions import (
    ACT,
    AMBIGUOUS,
    CATEGORY,
    EMERGENCY,
    INFORM,
    NEEDS_PERSON,
    NONE,
    REPORT,
    TRIGGER,
    TYPE,
    URGENT,
    YES,
)
from bot.nlu.segment import words
from bot.nlu.spans import Span, SpanTagger
from bot.normalize import Normalized, normalize
from bot.privacy import pii
from bot.privacy.words import could_be_name, is_a_business, is_a_door, is_illness, is_someones, name_within

# A few words that only add to what was said (inform) name no matter; what is this surely about something tells it. Nor
# does an act that is less than this sure stand against it (井盖没了 sounds like something settled).
SURELY, UNCLEAR, DOUBTFUL = 0.6, "C99", 0.6
# So much must be left beside the place and the time to say what happened, in characters.
TELLING = 4
# A person is called when one is this likely against nobody being needed: for danger to life (all P0 together), for any one
# trigger. Far below one half, because a missed cry costs more than a needless call; chosen on the development set
# (docs/understanding.md).
LIFE, ANY = 0.06, 0.03
# Who calmly asks, praises or suggests needs a person less often: 信访局在哪条街 is a question. Never so with danger to life.
CALM, CALMLY = 0.15, 0.6
CALM_TYPES = ("咨询", "建议", "表扬")
# But no danger to life is heard where something else is so much likelier: who is called out for nothing comes late next time.
BESIDE = 0.15
# What surely only moves the dialogue on (三天了, 查进度) is not heard as a call unless the detector is this sure of it.
# Nor is a place or a time with next to nothing besides (在清风小区).
MOVES, EVEN_SO, SAYING = 0.8, 0.5, 3
# What may be half a cry (不好了) is heard all the same, and a person asks.
HALF_A_CRY = 0.25
# Below this chance of any trigger, a life-safety rule gives way (family violence in a quiz), unless it counts always.
ORDINARY = 0.03
# What is urgent at this chance: residents write of urgent matters twice as often as the corpus does, and a missed one costs
# more.
URGENTLY = 0.12
# What joins two matters in one message, and how sure each must be to count as one.
_JOINT = re.compile(
    r"[，。；！？ ](?:另外|还有(?!没有|多)|顺便|再一个|再就是|再有|其次|第二|二是|对了|还想(?:问|反映))"
)
MATTER_SURE, MATTER_CHARS = 0.6, 4


class Reader:
    """The trained model with the boundary that is in force."""

    def __init__(self, folder: Path, policy_file: Path | str = POLICY_FILE) -> None:
        self.classifier = TextClassifier.load(folder)
        self.tagger = SpanTagger.load(folder)
        self.policy = PolicyFile(policy_file)
        self.knowledge = Knowledge()
        _meaning("")  # opened now, so that the first resident need not wait and /readyz knows

    def read(self, text: str) -> dict[str, Any]:
        """Everything understood about a message, as plain JSON data; offsets are those of the text given."""
        folded, spoken = normalize(text), normalize(text, fillers=True)
        verdict = self.classifier.judge(spoken.text, _meaning(spoken.text))
        marked = self._marked(spoken)
        trigger = self._trigger(verdict, screen(folded), folded.text, _said(text, marked))
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
            "urgent": trigger["trigger"] == EMERGENCY or verdict.probabilities[URGENT][YES] >= URGENTLY,
            "disposition": decision.disposition,
            "doubt": decision.doubt,
            **marked,
            "matters": [] if trigger["trigger"] else self._matters(folded.text),
            "knowledge": self._knowledge(text, category, decision.disposition),
            "why": self._why(verdict, category, trigger, decision.rule),
            "truncated": folded.truncated,
            "degraded": verdict.degraded,
        }

    def _knowledge(self, text: str, category: str, disposition: str) -> dict[str, Any] | None:
        return self.knowledge.find(text, category) if disposition == ANSWER else None

    def _matters(self, text: str) -> list[dict[str, Any]]:
        """Two different matters in one message, in their order, each with its category and type; else nothing."""
        joint = _JOINT.search(text)
        parts = [text[: joint.start()], text[joint.end() :]] if joint else []
        if not parts or min(map(len, parts)) < MATTER_CHARS:
            return []
        verdicts = [self.classifier.read(part) for part in parts]
        codes = [verdict.best(CATEGORY) for verdict in verdicts]
        if codes[0][0] == codes[1][0] or min(sure for _, sure in codes) < MATTER_SURE:
            return []
        return [
            {"subcategory": code, "type": verdict.best(TYPE)[0], "confidence": round(sure, 4)}
            for verdict, (code, sure) in zip(verdicts, codes, strict=True)
        ]

    def _trigger(self, verdict: Verdict, screened: Screened | None, text: str, said: int) -> dict[str, Any]:
        chances = dict(verdict.probabilities[TRIGGER])
        nobody = chances.pop(NONE)
        any_chance = 1 - nobody
        likeliest = max(chances, key=chances.get)
        danger = {name: p for name, p in chances.items() if priority_of(name) == "P0"}
        in_danger = sum(danger.values())
        found, rule, confidence = None, None, any_chance
        if (_only_moves(verdict) or said < SAYING) and any_chance < EVEN_SO:
            found = AMBIGUOUS if chances[AMBIGUOUS] >= HALF_A_CRY else None
        elif _against(in_danger, nobody) >= LIFE and in_danger >= BESIDE * any_chance:
            found = max(danger, key=danger.get)
        elif likeliest not in danger and _against(chances[likeliest], nobody) >= (CALM if _is_calm(verdict) else ANY):
            found = likeliest
        heard = screened and (screened.always or any_chance >= ORDINARY)
        if heard and (found is None or priority_of(found) != "P0"):
            found, rule, confidence = screened.trigger, screened.rule_id, max(any_chance, 0.99)
        elif found and sum(map(str.isalpha, text)) <= 1:  # 在: what one character may have to do with is no finding
            found = AMBIGUOUS
        return {
            "trigger": found,
            "trigger_confidence": round(confidence, 4),
            "priority": priority_of(found),
            "trigger_rule": rule,
        }

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
        return {**listed[0], "otherwise": otherwise, "only_moves": _only_moves(verdict), "ranking": listed[:10]}

    def _marked(self, spoken: Normalized) -> dict[str, Any]:
        """Places, times and personal data."""
        text = spoken.original
        found = [_described(spoken, span) for span in self.tagger.find(spoken.text)]
        personal = [_personal(s) for s in found if _is_personal(s, text)]
        places = [span for span in found if span["kind"] == "place"]
        doors = [pii.Pii("address", s["start"], s["end"]) for s in places if is_a_door(text, s["start"], s["end"])]
        by_rule = [one for one in pii.find(text) if not any(_is_the_same_door(one, door) for door in doors)]
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
            why["rule"] = f"生命安全规则 {trigger['trigger_rule']}"
        elif trigger["trigger"]:
            why["nearest"] = self.classifier.nearest(verdict.wording, TRIGGER, trigger["trigger"])
        return why


def _against(chance: float, nobody: float) -> float:
    return chance / (chance + nobody)


def _is_calm(verdict: Verdict) -> bool:
    kind, sure = verdict.best(TYPE)
    return kind in CALM_TYPES and sure >= CALMLY


def _only_moves(verdict: Verdict) -> bool:
    acts = verdict.probabilities[ACT]
    return 1 - acts[REPORT] - acts[NEEDS_PERSON] >= MOVES


def _tells_a_matter(text: str, category: str, confidence: float, marked: dict[str, Any]) -> bool:
    return confidence >= SURELY and not category.startswith(UNCLEAR) and _said(text, marked) >= TELLING


def _said(text: str, marked: dict[str, Any]) -> int:
    """How many characters there are besides places and times."""
    return len(text) - sum(s["end"] - s["start"] for s in marked["spans"] if s["kind"] in ("place", "time"))


def _meaning(plain: str) -> np.ndarray | None:
    """What normalised text means; None when the encoder cannot be had."""
    try:
        return ENCODER.read(plain)
    except Unavailable:
        return None


def _is_the_same_door(one: pii.Pii, door: pii.Pii) -> bool:
    """The rule knows where an address ends; where it begins is seen better by what was learned."""
    return one.kind == door.kind and one.start < door.start and one.end == door.end


def _personal(span: dict[str, Any]) -> pii.Pii:
    start, end = name_within(span["text"]) if span["kind"] == "name" else (0, len(span["text"]))
    return pii.Pii(span["kind"], span["start"] + start, span["start"] + end)


def _is_personal(span: dict[str, Any], text: str) -> bool:
    """Whether a name names somebody, and an illness is somebody's."""
    if span["kind"] == "name":
        ordinary = _inside_a_word(text, span["start"]) or is_a_business(text, span["end"])
        return could_be_name(span["text"]) and not ordinary
    return span["kind"] == "health" and is_illness(span["text"]) and is_someones(text, span["start"], span["end"])


def _inside_a_word(text: str, place: int) -> bool:
    """高中老师 has no 中老师 in it."""
    at = 0
    for word in words(text):
        at = text.find(word, at)
        if at < place < at + len(word):
            return len(word) == 2  # longer ones are guesses of the segmenter more often than words
        at += len(word)
    return False


def _described(spoken: Normalized, span: Span) -> dict[str, Any]:
    start, end = spoken.span(span.start, span.end)
    return {"kind": span.kind, "text": spoken.original[start:end], "start": start, "end": end}
