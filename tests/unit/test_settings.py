"""A setting that is wrong stops the start with one line that names it; one that people write their own way is understood."""

from datetime import date, time
from pathlib import Path

import pytest

from handoff.settings import Settings, SettingsError, load


def read(folder: Path, **given: str) -> Settings:
    return load({"VAR_DIR": str(folder), **given})


def refused(folder: Path, **given: str) -> str:
    with pytest.raises(SettingsError) as error:
        read(folder, **given)
    said = str(error.value)
    assert "\n" not in said
    return said


def test_accounts_that_are_named_and_not_there_never_open_the_simulator(tmp_path):
    assert "CHANNELS_FILE" in refused(tmp_path, CHANNELS_FILE=str(tmp_path / "chanels.yml"))
    assert "CHANNELS_FILE" in refused(tmp_path, CHANNELS_FILE=str(tmp_path))


def test_a_boundary_that_is_not_there_stops_the_start(tmp_path):
    assert "BOUNDARY_FILE" in refused(tmp_path, BOUNDARY_FILE=str(tmp_path / "policy.yml"))


@pytest.mark.parametrize("name", ["CALENDAR_FILE", "AREAS_FILE", "BOUNDARY_FILE"])
@pytest.mark.parametrize("content", [b"- [\n- a: {\n", "工作日".encode("gb18030"), "一句话".encode()])
def test_a_broken_file_is_named_with_its_setting(tmp_path, name, content):
    path = tmp_path / "own.yml"
    path.write_bytes(content)
    said = refused(tmp_path, **{name: str(path)})
    assert name in said
    assert "own.yml" in said


@pytest.mark.parametrize("written", ["words: 3", "words: 幸福小区", "scenes: {a: b}", "accounts: true"])
def test_what_should_be_a_list_in_the_areas_file_is_named(tmp_path, written):
    path = tmp_path / "areas.yml"
    path.write_text(f"- {{name: 幸福社区, {written}}}\n", encoding="utf-8")
    said = refused(tmp_path, AREAS_FILE=str(path))
    assert "AREAS_FILE" in said
    assert written.split(":")[0] in said


def test_office_hours_are_read_as_they_are_written(tmp_path):
    path = tmp_path / "calendar.yml"
    path.write_text('opens: 9:00\ncloses: 17:45\nworkdays: [2026-02-14]\nholidays: ["2026-03-03"]\n', encoding="utf-8")
    calendar = read(tmp_path, CALENDAR_FILE=str(path)).office.calendar
    assert (calendar.opens, calendar.closes) == (time(9), time(17, 45))
    assert (calendar.extra_workdays, calendar.extra_holidays) == ({date(2026, 2, 14)}, {date(2026, 3, 3)})


@pytest.mark.parametrize("written", ["closes: 下午五点半", "closes: 1050", "closes:", "closes: [17, 30]"])
def test_office_hours_that_are_no_time_are_named(tmp_path, written):
    path = tmp_path / "calendar.yml"
    path.write_text(f"{written}\n", encoding="utf-8")
    said = refused(tmp_path, CALENDAR_FILE=str(path))
    assert "CALENDAR_FILE" in said
    assert "calendar.yml" in said


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("opens: 18:00\ncloses: 9:00", "opens"),
        ("opens: 9:00\ncloses: 9:00", "opens"),
        ("opens: 18:00", "opens"),
        ("holiday: [2026-10-01]", "holiday"),
        ("opens: 9:00\nopen: 8:00", "open"),
    ],
)
def test_a_calendar_by_which_the_office_never_opens_or_that_says_what_nobody_reads_is_refused(tmp_path, written, named):
    path = tmp_path / "calendar.yml"
    path.write_text(f"{written}\n", encoding="utf-8")
    said = refused(tmp_path, CALENDAR_FILE=str(path))
    assert "calendar.yml" in said
    assert f"{named} " in said


@pytest.mark.parametrize("given", ["nonsense", "http://127.0.0.1:6379", "redis://", "redis://127.0.0.1:many"])
def test_an_address_of_redis_that_is_none_is_refused(tmp_path, given):
    assert "REDIS_URL" in refused(tmp_path, REDIS_URL=given)


def test_a_usable_address_of_redis_is_taken(tmp_path):
    assert read(tmp_path, REDIS_URL="redis://:secret@127.0.0.1:6379/1").redis_url == "redis://:secret@127.0.0.1:6379/1"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),
        ("192.168.1.20", "http://192.168.1.20:8080"),
        ("::", "http://[::1]:8080"),
        ("::1", "http://[::1]:8080"),
        ("desk.local", "http://desk.local:8080"),
    ],
)
def test_the_desk_is_reached_where_it_listens(tmp_path, host, address):
    assert read(tmp_path, DESK_HOST=host).address == address
