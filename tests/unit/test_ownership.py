"""The rules of who may have a conversation."""

import itertools

import pytest

from handoff.domain.errors import IllegalMove
from handoff.domain.ownership import TRANSITIONS, Move, Owner, destination, held_by, kind_of, username_of

EVERY = list(itertools.product(Owner, Move))


@pytest.mark.parametrize(("owner", "move"), [pair for pair in EVERY if pair not in TRANSITIONS])
def test_a_move_that_the_table_does_not_list_is_refused(owner, move):
    at = held_by("li") if owner is Owner.HUMAN else owner.value
    with pytest.raises(IllegalMove):
        destination(at, move, "wang")


@pytest.mark.parametrize(("owner", "move"), list(TRANSITIONS))
def test_a_listed_move_leads_where_the_table_says(owner, move):
    at = held_by("li") if owner is Owner.HUMAN else owner.value
    assert kind_of(destination(at, move, "wang")) is TRANSITIONS[owner, move]


def test_nobody_takes_a_conversation_without_a_name():
    with pytest.raises(IllegalMove):
        destination("queue", Move.CLAIM)


def test_a_closed_conversation_reopens_with_the_bot_and_is_never_resolved_twice():
    assert destination("closed", Move.REOPEN) == "bot"
    with pytest.raises(IllegalMove):
        destination("closed", Move.RESOLVE)


def test_the_owner_names_the_caseworker():
    assert username_of(destination("queue", Move.CLAIM, "wang")) == "wang"
    assert username_of("queue") is None
