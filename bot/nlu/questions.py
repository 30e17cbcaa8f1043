"""What the bot asks of every message at once ("heads"), and the words for the answers that the code speaks of."""

from bot.nlu.machine import Question

ACT, TYPE, CATEGORY, TRIGGER, URGENT = "act", "type", "category", "trigger", "urgent"
# Chosen on the development set (docs/understanding.md).
QUESTIONS = {
    ACT: Question(meaning=0.5, pace=0.2, balance=0.0),
    TYPE: Question(meaning=0.15, pace=0.15, balance=0.25),
    CATEGORY: Question(meaning=0.3, pace=0.2, balance=0.5, easier=0.6),
    TRIGGER: Question(meaning=0.5, pace=0.2, balance=0.0),
    URGENT: Question(meaning=1.5, pace=0.2, balance=0.0),
}
# Dialogue acts that are about nothing: they are the small talk (C9902) of the category.
SOCIAL = frozenset({"chitchat", "greet", "goodbye", "thanks", "bot_challenge"})
# A dialogue act (问候, 确认 …) reports nothing: for the boundary it is small talk.
SMALL_TALK = {"category": "C9902", "type": "其他"}
# Categories that say only that it is unclear, or small talk.
UNCLEAR = "C99"
REPORT, NEEDS_PERSON, INFORM = "report", "needs_person", "inform"
NONE, YES, NO, AMBIGUOUS, EMERGENCY = "none", "yes", "no", "ambiguous", "emergency"
