"""No word of the software stands in front of people: what the desk records has a name on the pages."""

import re
from pathlib import Path

from handoff.service.cases import EVENTS

HANDOFF = Path(__file__).resolve().parents[2] / "handoff"
STATIC = HANDOFF / "web" / "static"
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted(HANDOFF.rglob("*.py")))
ARGUMENT = r"(?:[^(),]|\([^()]*\))+"


def named(file: str, table: str) -> set[str]:
    """The keys of `const TABLE = {…};` in a page's module."""
    body = re.search(rf"const {table} = \{{(.*?)\}};", (STATIC / file).read_text(encoding="utf-8"), re.DOTALL)
    return set(re.findall(r"(\w+):", body[1]))


def written(call: str, before: int) -> set[str]:
    """The literal argument number `before` of every call."""
    return set(re.findall(rf"{call}\(\s*(?:{ARGUMENT},\s*){{{before}}}\"(\w+)\"", SOURCE))


def constants(name: str) -> set[str]:
    return set(re.findall(rf"^{name} = \"(\w+)\"", SOURCE, re.MULTILINE))


def test_every_action_in_the_audit_log_has_a_name():
    actions = written(r"\.audit", 2) | written(r"_audit", 2) | written("log_operator", 1) | constants("ACTION")
    assert len(actions) > 20
    assert actions - named("audit/words.js", "ACTIONS") == set()


def test_every_kind_of_task_has_a_name():
    kinds = (
        written(r"add_task", 1) | written("give_up", 2) | constants("KIND") | constants("TASK") | {"silent", "offline"}
    )
    assert kinds - named("desk/tasks.js", "KIND") == set()


def test_every_step_of_a_case_has_a_name():
    steps = {*EVENTS, *written("add_event", 3)}
    assert {"registered", "category"} <= steps
    assert steps - named("desk/cases.js", "STEPS") == set()
