"""The processes of an installation follow from its settings."""

import pytest

from handoff import settings as settings_module
from handoff.settings import SettingsError
from handoff.up import programs

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
