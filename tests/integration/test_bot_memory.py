"""What the bot remembers of a dialogue lies in Rasa: forgotten with the chat, and never without bound."""

import asyncio
from datetime import timedelta

import pytest
from rasa.core.tracker_store import SQLTrackerStore, create_tracker_store
from rasa.core.utils import read_endpoint_config
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import make_url

from handoff.domain.models import dialogue
from handoff.service import ownership, retention
from handoff.up.programs import ENDPOINTS

from .test_retention import KEPT, keep_house

LAMP = "路灯坏了"


@pytest.fixture
def shared(database, ledger):
    """The store of several workers (endpoints.scale.yml), in the desk's own database."""
    url = make_url(database)
    where = {"host": database} if url.get_backend_name() == "postgresql" else {"db": url.database}
    store = SQLTrackerStore(Domain.empty(), dialect=url.get_backend_name(), **where)
    yield store
    store.engine.dispose()


@pytest.fixture
def alone(monkeypatch):
    """The store of a single worker, as its file says."""
    for name in ("ACTIONS_URL", "RASA_TOKEN"):
        monkeypatch.setenv(name, "only-for-tests")
    return create_tracker_store(read_endpoint_config(ENDPOINTS, "tracker_store"), Domain.load("domain.yml"))


def remembers(store, name, at=None, text=LAMP):
    tracker = DialogueStateTracker(name, [])
    tracker.update(UserUttered(text, timestamp=at.timestamp() if at else None))
    asyncio.run(store.save(tracker))


def remembered(store):
    return sorted(asyncio.run(store.keys()))


def test_what_the_bot_remembers_goes_with_the_chat_in_every_episode_and_nothing_else_does(scene, shared):
    old, wang = scene.waits("r1"), scene.user("wang")
    scene.claim(wang, old)
    scene.do(ownership.hand_back, wang, old, scene.now)
    others = [dialogue(int(f"{old}{n}"), 1) for n in range(10)]  # names that begin alike
    for name in (dialogue(old, 1), dialogue(old, 2), *others):
        remembers(shared, name, scene.now)
    scene.later(days=31)
    remembers(shared, dialogue(old, 3), scene.now)
    new = scene.says("r2", LAMP)
    remembers(shared, dialogue(new, 1), scene.now)
    keep_house(scene, chat_kept=KEPT)
    assert remembered(shared) == sorted([*others, dialogue(old, 3), dialogue(new, 1)])
    (logged,) = scene.audited(action=retention.ACTION)
    assert logged["detail"]["events"] == 2


def test_what_the_bot_remembers_a_moment_after_the_words_goes_with_them(scene, shared):
    old = scene.says("r1", LAMP)
    remembers(shared, dialogue(old, 1), scene.now + timedelta(seconds=3))
    scene.later(days=30, seconds=1)
    keep_house(scene, chat_kept=KEPT)
    assert (scene.messages(old), remembered(shared)) == ([], [])


def test_where_no_worker_shares_its_memory_a_purge_has_nothing_to_do_there(scene):
    old = scene.says("r1", LAMP)
    scene.later(days=31)
    keep_house(scene, chat_kept=KEPT)
    assert (scene.messages(old), scene.audited(action=retention.ACTION)[0]["detail"]["events"]) == ([], 0)


def test_a_single_worker_remembers_a_bounded_number_of_dialogues_the_latest(alone):
    for number in range(alone.most + 1):
        remembers(alone, dialogue(number, 1))
        if number == 1:
            remembers(alone, dialogue(0, 1))  # said again: no longer the one that was silent longest
    assert len(remembered(alone)) == alone.most
    assert dialogue(0, 1) in remembered(alone)
    assert dialogue(1, 1) not in remembered(alone)


def test_a_single_worker_forgets_a_dialogue_that_it_would_begin_anew(alone, monkeypatch):
    remembers(alone, "1-1")
    later = alone.now() + alone.domain.session_config.session_expiration_time * 60 + 1
    monkeypatch.setattr(alone, "now", lambda: later)
    remembers(alone, "2-1")
    assert remembered(alone) == ["2-1"]
    assert asyncio.run(alone.retrieve("1-1")) is None
