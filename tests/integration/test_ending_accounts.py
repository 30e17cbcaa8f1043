"""Who leaves has no access from that moment on, and what was in their hands is somebody's again."""

import threading

import pytest

from handoff.domain import skills
from handoff.domain.errors import BadInput, IllegalMove, NotFound, NotLoggedIn
from handoff.service import accounts
from tests.support.desk import running_desk
from tests.support.scene import MONDAY, PASSWORD

from .test_log_in import log_in

OTHER = "another-password"


def logs_in(scene, user):
    return scene.do(accounts.start_session, user, scene.now).token


def is_in(scene, token):
    try:
        return bool(scene.do(accounts.session, token, scene.now))
    except NotLoggedIn:
        return False


async def test_a_disabled_account_is_out_at_once_and_an_enabled_one_logs_in_anew(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (desk, _):
        await desk.add_user("wang")
        async with desk.logged_in("wang") as console:
            await desk.ledger.write(accounts.disable, "wang", MONDAY)
            assert (await console.get("/api/queue"))[0] == 401
            assert await log_in(http, desk, "wang", PASSWORD) == (401, "wrong_login")
            await desk.ledger.write(accounts.enable, "wang", MONDAY)
            assert (await console.get("/api/queue"))[0] == 401  # the old session is over for good
            assert await log_in(http, desk, "wang", PASSWORD) == (200, None)


def test_a_new_password_ends_what_was_opened_with_the_old_one(scene):
    wang = scene.user("wang")
    token = logs_in(scene, wang)
    scene.do(accounts.change_password, "wang", OTHER, scene.now)
    now = scene.ledger.read_now(lambda tx: tx.people.get("wang"))
    assert not is_in(scene, token)
    assert (accounts.check_password(now, PASSWORD), accounts.check_password(now, OTHER)) == (False, True)
    with pytest.raises(BadInput):
        scene.do(accounts.change_password, "wang", "short", scene.now)


@pytest.mark.parametrize(
    "ended", [lambda tx, now: accounts.disable(tx, "wang", now), lambda tx, now: accounts.change_password(tx, "wang", OTHER, now)]
)  # fmt: skip
def test_who_is_shut_out_while_logging_in_does_not_come_in(scene, ended):
    wang = scene.user("wang")  # as it was when the password was looked at
    scene.do(ended, scene.now)
    with pytest.raises(accounts.WrongLogin):
        logs_in(scene, wang)


def test_what_a_leaver_held_goes_back_to_the_queue_and_the_resident_is_told(scene):
    wang, conversation = scene.user("wang"), scene.waits("r1")
    scene.claim(wang, conversation)
    scene.do(accounts.disable, "wang", scene.now)
    assert scene.conversation(conversation).owner == "queue"
    assert "换一位同事" in scene.told(conversation)[-1]
    owners = scene.ledger.read_now(lambda tx: {promise["owner"] for promise in tx.promises.of(conversation)})
    assert owners == {"office"}


def test_other_skills_count_at_once_for_who_is_logged_in_and_are_in_the_audit_log(scene):
    token = logs_in(scene, scene.user("wang"))
    scene.do(accounts.give_skills, "wang", ["法律", "sealed"], scene.now)
    assert scene.do(accounts.session, token, scene.now)[0].skills == skills.known(["law", "sealed"])
    scene.do(accounts.give_skills, "wang", [], scene.now)
    assert scene.do(accounts.session, token, scene.now)[0].skills == []
    assert [one["action"] for one in scene.audited()].count("user_skills") == 2
    with pytest.raises(NotFound):
        scene.do(accounts.give_skills, "nobody", [], scene.now)


def test_the_last_admin_who_can_log_in_is_not_disabled(scene):
    for name in ("first", "second"):
        scene.user(name, "admin")
    scene.user("guest", "admin", valid_until=scene.now.replace(hour=23))
    scene.later(days=1)  # the third has run out by now
    scene.do(accounts.disable, "first", scene.now)
    with pytest.raises(IllegalMove, match="最后一个"):
        scene.do(accounts.disable, "second", scene.now)
    scene.do(accounts.enable, "first", scene.now)
    scene.do(accounts.disable, "second", scene.now)


def test_two_admins_who_disable_each_other_at_once_leave_one(scene):
    names = ("first", "second")
    for name in names:
        scene.user(name, "admin")
    together, refused = threading.Barrier(2), []

    def end(name):
        together.wait()
        try:
            scene.do(accounts.disable, name, scene.now)
        except IllegalMove:
            refused.append(name)

    both = [threading.Thread(target=end, args=(name,)) for name in names]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(refused) == 1
    assert [user.active for user in scene.ledger.read_now(lambda tx: tx.people.all())].count(True) == 1


def test_each_of_it_is_in_the_audit_log_and_what_cannot_be_done_says_why(scene):
    scene.user("wang")
    for change in (accounts.disable, accounts.enable):
        scene.do(change, "wang", scene.now)
        with pytest.raises(IllegalMove):
            scene.do(change, "wang", scene.now)
        with pytest.raises(NotFound, match="nobody"):
            scene.do(change, "nobody", scene.now)
    scene.do(accounts.change_password, "wang", OTHER, scene.now)
    logged = [(row["actor"], row["action"], row["target"]) for row in scene.audited()][::-1]
    assert logged[1:] == [("operator", f"user_{what}", "wang") for what in ("disable", "enable", "password")]
    assert OTHER not in str(scene.audited())
