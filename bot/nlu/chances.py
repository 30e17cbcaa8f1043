"""What the chances of the triggers say together: how likely life is in danger, against nobody being needed."""

from bot.boundary.triggers import priority_of
from bot.nlu.questions import NONE


def deadly(chances: dict[str, float]) -> dict[str, float]:
    """Those of the triggers that mean danger to life (P0)."""
    return {name: chance for name, chance in chances.items() if name != NONE and priority_of(name) == "P0"}


def against_nobody(chance: float, chances: dict[str, float]) -> float:
    """This chance against that of nobody being needed, 0…1."""
    return chance / max(chance + chances[NONE], 1e-9)
