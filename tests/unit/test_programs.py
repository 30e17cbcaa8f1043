"""The processes of an installation follow from its settings."""

import shlex
import sys

import pytest
from supervisor.options import ServerOptions

from handoff import settings as settings_module
from handoff.settings import SettingsError
from handoff.up import launch, programs
from handoff.up.announce import announcement

POSTGRES = "postgresql://desk:secret-0000@127.0.0.1/desk"
TWO_RASAS = "http://127.0.0.1:5005, http://127.0.0.1:5006"


def load(folder, **given):
    return settings_module.load({"VAR_DIR": str(folder), **given})


def test_one_of_each_is_the_default(tmp_path):
    assert [program.name for program in programs.programs(load(tmp_path))] == ["actions", "rasa", "desk"]


def test_on_postgresql_there_are_as_many_as_the_settings_say(tmp_path):
    settings = load(tmp_path, DATABASE_URL=POSTGRES, DESKS="2", RASA_URL=TWO_RASAS, DESK_PORT="8100")
    found = {program.name: program for program in programs.programs(settings)}
    assert list(found) == ["actions", "rasa", "rasa-2", "desk", "desk-2"]
    assert found["desk-2"].environment == {"DESK_PORT": "8101"}
    assert "-p 5006 " in found["rasa-2"].command
    assert programs.SHARED_ENDPOINTS in found["rasa-2"].command
    assert [port for _, port, _ in programs.addresses(settings)] == [8100, 8101, 5005, 5006, 5055]


@pytest.mark.parametrize("given", [{"DESKS": "2"}, {"RASA_URL": TWO_RASAS}])
def test_on_sqlite_more_than_one_is_refused_with_one_line(tmp_path, given):
    with pytest.raises(SettingsError, match=f"{next(iter(given))}.*postgresql"):
        load(tmp_path, **given)


def test_rasa_is_told_where_its_shared_memory_is(tmp_path):
    assert programs.tracker_environment(load(tmp_path)) == {}
    told = programs.tracker_environment(load(tmp_path, DATABASE_URL="postgresql+psycopg2" + POSTGRES[10:]))
    assert told[programs.TRACKER_URL] == POSTGRES


def test_a_folder_may_have_blanks_and_percent_signs_in_its_name(tmp_path, monkeypatch):
    """Read as supervisord itself reads it."""
    folder = tmp_path / "居民 诉求 100%s"
    monkeypatch.setattr(sys, "executable", f"{folder}/python")
    (tmp_path / "supervisord.conf").write_text(launch.supervisor_configuration(load(folder)), encoding="utf-8")
    options = ServerOptions()
    options.realize(["-c", str(tmp_path / "supervisord.conf")])
    assert options.logfile == f"{folder}/log/supervisor.log"
    found = {group.name: group.process_configs[0] for group in options.process_group_configs}
    assert sorted(found) == ["actions", "announce", "desk", "rasa"]
    for name, program in found.items():
        assert shlex.split(program.command)[0] == f"{folder}/python"
        assert program.stdout_logfile == ("/dev/stdout" if name == "announce" else f"{folder}/log/{name}.log")


@pytest.mark.parametrize(
    ("given", "level"), [("DEBUG", "INFO"), ("debug", "INFO"), ("warning", "WARNING"), ("", "INFO")]
)
def test_rasa_and_the_actions_never_log_at_the_level_at_which_they_log_what_residents_say(tmp_path, given, level):
    configuration = tmp_path / "supervisord.conf"
    configuration.write_text(launch.supervisor_configuration(load(tmp_path, LOG_LEVEL=given)), encoding="utf-8")
    options = ServerOptions()
    options.realize(["-c", str(configuration)])
    found = {group.name: group.process_configs[0].environment for group in options.process_group_configs}
    assert [found[name]["LOG_LEVEL"] for name in ("actions", "rasa")] == [level] * 2
    assert (
        "LOG_LEVEL" not in found["desk"]
    )  # the desk passes nobody's words to a logger, and has the level that was asked for


def test_what_all_processes_share_tells_nobody_anything(tmp_path):
    """Neither Rasa's makers what runs here, nor every process the passwords that are shown once."""
    shared = launch.child_environment({}, load(tmp_path))
    assert shared["RASA_TELEMETRY_ENABLED"] == "false"
    assert [name for name in shared if "LOGIN" in name] == []


@pytest.mark.parametrize(
    ("host", "address"), [("0.0.0.0", "127.0.0.1"), ("192.168.1.20", "192.168.1.20"), ("::", "[::1]")]
)
def test_the_start_says_where_everything_is_and_how_to_stop(tmp_path, monkeypatch, host, address):
    monkeypatch.chdir(tmp_path)  # no channels.yml there
    said = announcement(load(tmp_path, DESK_HOST=host, DESK_PORT="8100"), "demo-worker abc")
    for page in ("/chat", "/simulator", "/desk", "/admin"):
        assert f"http://{address}:8100{page}\n" in said
    assert "demo-worker      abc" in said
    assert "Ctrl-C" in said


def test_the_start_says_in_one_line_that_nobody_can_be_called(tmp_path):
    said = announcement(load(tmp_path), "")
    assert [line for line in said.splitlines() if "PAGER_URL" in line] == [
        "没有设置 PAGER_URL：居民有生命危险时，工作台没有人开着，就呼叫不到任何人。"
    ]
    assert "PAGER_URL" not in announcement(load(tmp_path, PAGER_URL="https://duty.example.org/page"), "")


def test_with_real_accounts_no_simulator_is_spoken_of(tmp_path):
    accounts = tmp_path / "channels.yml"
    accounts.write_text("- {name: web, kind: web}\n", encoding="utf-8")
    said = announcement(load(tmp_path, CHANNELS_FILE=str(accounts)), "")
    assert "simulator" not in said
    assert "演示账号" not in said
