"""Who is needed: whether a message calls a person, from what the detector learned and the life-safety rules together."""

from typing import Any, NamedTuple

from bot.boundary import context
from bot.boundary.screen import Screened
from bot.boundary.triggers import priority_of
from bot.nlu import in_a_part
from bot.nlu.chances import against_nobody, deadly
from bot.nlu.classifier import TextClassifier, Verdict
from bot.nlu.questions import ACT, AMBIGUOUS, EMERGENCY, NEEDS_PERSON, NONE, REPORT, TRIGGER, TYPE, URGENT, YES
from bot.nlu.segment import clauses
from bot.normalize import Normalized

# A person is called when one is this likely against nobody being needed: for danger to life (all P0 together) because a
# missed cry costs more than a needless call, for any one of the others the less it hurts to wait. Chosen on the development
# set (docs/understanding.md).
LIFE, ENOUGH = 0.06, {"P1": 0.06, "P2": 0.1}
# In so few characters the detector has little to go by and takes everyday words about people, money and children for danger
# (让他把钱退给我); who cries out in few words is heard by the rules, or far above this.
FEW, LIFE_IN_FEW = 19, 0.3
# Who calmly asks, praises or suggests needs a person less often: 信访局在哪条街 is a question. Never so with danger to life.
CALM, CALMLY = 0.15, 0.6
CALM_TYPES = ("咨询", "建议", "表扬")
# But no danger to life is heard where something else is so much likelier: who is called out for nothing comes late next time.
BESIDE = 0.15
# What surely only moves the dialogue on (三天了, 查进度) is not heard as a call unless the detector is this sure of it.
# Nor is a place or a time with next to nothing besides (在清风小区).
MOVES, EVEN_SO, SAYING = 0.8, 0.5, 3
# What may be half a cry is heard all the same, and a person asks: at half of this with a word of one in it (不好了); a time
# alone (昨天) is none.
HALF_A_CRY = 0.2
# What is urgent to this chance needs a person within two hours, also when no trigger has a name for it (停电了，呼吸机还剩
# 四十分钟; a hole in the road before the school): 17 of 19 such sentences of the development sets were. In few characters
# (停水两天了) this says less, too.
PRESSING, PRESSING_IN_FEW = 0.3, 0.45
# Below this chance of any trigger, in the message and in the clause that a life-safety rule speaks of (图书馆几点开门，门口
# 有人掉进河里), the rule gives way (family violence in a quiz), unless it counts always.
ORDINARY = 0.03
EXPLICIT, ASKED = "explicit_human", "话里点名要人"


class _Call(NamedTuple):
    trigger: str | None
    confidence: float
    rule: str | None = None
    pressing: bool = False
    part: str | None = None


def heard(
    classifier: TextClassifier, verdict: Verdict, screened: Screened | None, folded: Normalized, said: int
) -> dict[str, Any]:
    """The trigger of a message (of which `said` characters are more than a place or a time), or None, with its priority,
    its confidence, the rule that found it, whether its urgency alone did, and the part in which danger alone is heard.
    A rule that counts always also says what it is: 救救 alone is what a rule can read and a detector can only guess at."""
    any_chance = 1 - verdict.probabilities[TRIGGER][NONE]
    call = _read(classifier, verdict, folded, said)
    in_danger = call.trigger is not None and priority_of(call.trigger) == "P0"
    if screened and (screened.always or not in_danger) and _holds(classifier, screened, folded.text, any_chance):
        call = _Call(screened.trigger, max(any_chance, 0.99), screened.rule_id)
    elif _asks_for_person(classifier, folded.text, call.trigger):
        call = _Call(EXPLICIT, max(any_chance, 0.99), ASKED)
    return {
        "trigger": call.trigger,
        "trigger_confidence": round(call.confidence, 4),
        "priority": priority_of(call.trigger),
        "trigger_rule": call.rule,
        "pressing": call.pressing,
        "part": call.part,
    }


def _read(classifier: TextClassifier, verdict: Verdict, folded: Normalized, said: int) -> _Call:
    """What the detector says, of the whole and of its parts."""
    chances = verdict.probabilities[TRIGGER]
    if len(folded.text) == 1 and folded.text.isnumeric():  # it picks from a list, wherever that was
        return _Call(None, 1 - chances[NONE])
    call = _Call(_detected(chances, verdict, folded.text, said), 1 - chances[NONE])
    if call.trigger is None and _is_pressing(verdict, said):
        call = _Call(EMERGENCY, verdict.probabilities[URGENT][YES], pressing=True)
    if call.trigger is None and (aside := in_a_part.danger(classifier, verdict, folded)):
        call = _Call(aside.trigger, aside.chance, part=aside.part)
    if call.trigger and sum(map(str.isalpha, folded.text)) <= 1:
        # 在: what one character may have to do with is no finding.
        call = call._replace(trigger=AMBIGUOUS)
    return call


def _asks_for_person(classifier: TextClassifier, text: str, found: str | None) -> bool:
    """Whether a person is asked for in so many words and nothing weightier is heard; the asking itself makes any sentence
    sound graver, so danger to life is looked for in the rest."""
    asked = context.asks_for_person(text)
    if asked is None or found is None or priority_of(found) == "P2":
        return asked is not None
    chances = classifier.read(text.replace(asked, "").strip("，。、；！ ")).probabilities[TRIGGER]
    danger = against_nobody(sum(deadly(chances).values()), chances)
    return priority_of(found) == "P0" and danger < LIFE


def _detected(chances: dict[str, float], verdict: Verdict, text: str, said: int) -> str | None:
    nobody = chances[NONE]
    named = {name: chance for name, chance in chances.items() if name != NONE}
    likeliest = max(named, key=named.get)
    danger = deadly(chances)
    in_danger = sum(danger.values())
    if (only_moves(verdict) or said < SAYING) and 1 - nobody < EVEN_SO:
        enough = HALF_A_CRY / 2 if context.may_be_a_cry(text) else HALF_A_CRY
        return AMBIGUOUS if said and chances[AMBIGUOUS] >= enough else None
    if against_nobody(in_danger, chances) >= _life(said) and in_danger >= BESIDE * (1 - nobody):
        return max(danger, key=danger.get)
    if likeliest not in danger and against_nobody(named[likeliest], chances) >= _enough(likeliest, verdict):
        return likeliest
    return None


def _holds(classifier: TextClassifier, screened: Screened, text: str, any_chance: float) -> bool:
    """Whether a life-safety rule holds: the rest of a message may drown the clause that it speaks of."""
    if screened.always or any_chance >= ORDINARY:
        return True
    clause = next((part for part in clauses(text) if screened.phrase in part), "")
    return 1 - classifier.read(clause).probabilities[TRIGGER][NONE] >= ORDINARY


def _is_pressing(verdict: Verdict, said: int) -> bool:
    enough = PRESSING_IN_FEW if said < FEW else PRESSING
    return verdict.probabilities[URGENT][YES] >= enough and said >= SAYING and not only_moves(verdict)


def only_moves(verdict: Verdict) -> bool:
    """Whether a message surely only moves the dialogue on."""
    acts = verdict.probabilities[ACT]
    return 1 - acts[REPORT] - acts[NEEDS_PERSON] >= MOVES


def _life(said: int) -> float:
    return LIFE_IN_FEW if said < FEW else LIFE


def _enough(trigger: str, verdict: Verdict) -> float:
    return CALM if _is_calm(verdict) else ENOUGH[priority_of(trigger)]


def _is_calm(verdict: Verdict) -> bool:
    kind, sure = verdict.best(TYPE)
    return kind in CALM_TYPES and sure >= CALMLY
