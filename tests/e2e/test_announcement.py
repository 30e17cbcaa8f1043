"""What `make run` tells people once everything is ready, and that what stands behind the desk is for the desk alone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .test_start import ROOT, UP, answers, environment, family, until

QUICK = 40  # seconds for a start that has nothing to prepare
LISTENING, LOOPBACK = "0A", "0100007F"  # as in /proc/net/tcp
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


class Installation:
    """One folder, started once or again; `said` is what it told at the last start."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.env = folder, environment(folder)
        self.base = f"http://127.0.0.1:{self.env['DESK_PORT']}"

    def start(self) -> str:
        out = self._folder / "said.txt"
        with out.open("wb") as file:
            self.runner = subprocess.Popen(UP, cwd=ROOT, env=self.env, stdout=file, stderr=subprocess.STDOUT)
        until(lambda: "Ctrl-C" in out.read_text(encoding="utf-8"), "nothing is said")
        return out.read_text(encoding="utf-8")

    def stop(self) -> None:
        self.runner.send_signal(signal.SIGINT)
        until(lambda: self.runner.poll() is not None and not family(self.env["VAR_DIR"]), "left behind")

    def processor_seconds(self) -> float:
        """What all of it has used so far, with what has already ended."""
        used = 0
        for pid in family(self.env["VAR_DIR"]):
            used += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
        return used / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    running = Installation(tmp_path_factory.mktemp("installation"))
    running.said = running.start()
    running.ready = answers(f"{running.base}/readyz")
    yield running
    running.stop()


def logins(said: str) -> dict[str, str]:
    return dict(re.findall(r"^ +(demo-\w+) +(\S+)$", said, re.MULTILINE))


def status(url: str, body: dict | None = None, **headers: str) -> int:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_addresses_and_how_to_stop_are_said_once_all_is_ready(installation):
    assert installation.ready
    shown = re.findall(r"http://\S+", installation.said)
    assert shown == [f"{installation.base}{page}" for page in ("/chat", "/desk", "/admin")]
    assert [status(address) for address in shown] == [200, 200, 200]
    assert "按 Ctrl-C 停止" in installation.said


def test_the_log_ins_that_are_shown_are_one_of_each_role_and_work(installation):
    shown = logins(installation.said)
    roles = set()
    for name, password in shown.items():
        body = json.dumps({"username": name, "password": password}).encode()
        request = urllib.request.Request(f"{installation.base}/api/login", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            roles.add(json.loads(answer.read())["role"])
    assert roles == {"caseworker", "supervisor", "admin", "auditor"}
    assert len(set(shown.values())) == len(shown) == 4


def test_the_passwords_that_were_shown_are_written_down_nowhere(installation):
    var, shown = Path(installation.env["VAR_DIR"]), logins(installation.said)
    places = [path for path in var.rglob("*") if path.is_file()]
    places += [Path(f"/proc/{pid}/environ") for pid in family(installation.env["VAR_DIR"])]
    assert len(places) > 8
    for place in places:
        content = place.read_bytes()
        assert not any(password.encode() in content for password in shown.values()), place


def test_rasa_and_the_actions_answer_nobody_without_the_token(installation):
    rasa, actions = installation.env["RASA_URL"], installation.env["ACTIONS_URL"]
    turn = {"sender": "1-1", "text": "你好"}
    assert status(f"{rasa}/webhooks/desk/turn", turn) == 401
    assert status(f"{rasa}/webhooks/desk/turn", turn, Authorization="Bearer made-up") == 401
    assert status(f"{rasa}/webhooks/rest/webhook", {"sender": "1", "message": "你好"}) == 404
    assert status(f"{rasa}/model/parse", {"text": "你好"}) == 404
    call = {"next_action": "action_listen", "sender_id": "1", "tracker": {}, "domain": {}}
    assert status(f"{actions}/webhook", call) == 401
    assert status(f"{actions}/webhook?token=made-up", call) == 401
    assert status(f"{actions}/actions") == 401


@pytest.mark.parametrize("name", ["RASA_URL", "ACTIONS_URL"])
def test_rasa_and_the_actions_listen_on_loopback_only(installation, name):
    wanted = f"{urlsplit(installation.env[name]).port:04X}"
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            (address, _, port), state = line.split()[1].partition(":"), line.split()[3]
            found += [address] if (port, state) == (wanted, LISTENING) else []
    assert set(found) == {LOOPBACK}


def test_a_second_start_is_quick_and_shows_no_password_again(installation):
    """Measured in processor time, so that a busy machine does not count: on a free one it takes no longer than that."""
    installation.stop()
    said = installation.start()
    used = installation.processor_seconds()
    assert f"{installation.base}/desk" in said
    assert logins(said) == {}
    assert used < QUICK, f"{used:.1f} s"
