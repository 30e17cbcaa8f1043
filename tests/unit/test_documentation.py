"""The documents are held against the code."""

import re
import shlex
from pathlib import Path

import pytest

from bot.__main__ import _parser as bot_parser
from handoff import settings
from handoff.__main__ import _parser as handoff_parser

ROOT = Path(__file__).resolve().parents[2]
READMES = ["README.md", "README.en.md"]
DOCUMENTS = [*(ROOT / name for name in READMES), ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
PICTURES = ROOT / "docs" / "images"
LARGEST_PICTURE = 200_000  # bytes: a README should open on a phone
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
COMMAND = re.compile(r"python -m (handoff|bot) ([^`#|\n]+)")
PAGE = re.compile(r"127\.0\.0\.1:8080(/[a-z]+)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sections(name: str) -> list[str]:
    """What stands before the first heading of the second level, and then each section."""
    return re.split(r"^## .*$", read(name), flags=re.MULTILINE)


def shown_commands(text: str) -> list[tuple[str, list[str]]]:
    return [(program, shlex.split(arguments)) for program, arguments in COMMAND.findall(text)]


def test_every_setting_is_documented_and_every_documented_setting_exists():
    documented = set(re.findall(r"^\| `([A-Z_]+)`", read("docs/settings.md"), re.MULTILINE))
    assert documented == set(settings.NAMES)


def test_every_setting_that_the_code_reads_is_named():
    source = read("handoff/settings.py")
    assert set(re.findall(r'"([A-Z]{2,}[A-Z_]+)"', source)) - {"DEBUG", "INFO", "WARNING", "ERROR"} == set(
        settings.NAMES
    )


def test_every_dependency_is_explained():
    listed = re.findall(r'^    "([a-z0-9-]+)', read("pyproject.toml").split("[tool.uv]")[0], re.MULTILINE)
    explained = read("docs/dependencies.md")
    assert [name for name in listed if name not in explained] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_and_picture_leads_somewhere(document):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_picture_is_shown_and_opens_quickly():
    shown = {(ROOT / link).resolve() for name in READMES for link in LINK.findall(read(name))}
    shown |= {(page.parent / link).resolve() for page in DOCUMENTS for link in LINK.findall(page.read_text("utf-8"))}
    for picture in PICTURES.glob("*"):
        assert picture.resolve() in shown, f"{picture.name} is shown nowhere"
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
        assert picture.read_bytes().startswith((b"\x89PNG", b"<svg")), picture.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_shown_can_be_given(document):
    for program, arguments in shown_commands(document.read_text(encoding="utf-8")):
        try:
            (handoff_parser() if program == "handoff" else bot_parser()).parse_args(arguments)
        except SystemExit:
            pytest.fail(f"python -m {program} {' '.join(arguments)} is not understood")


@pytest.mark.parametrize("name", READMES)
def test_the_readme_shows_the_two_commands_and_only_pages_that_exist(name):
    from handoff.web import pages, simulator

    assert {"run", "test"} <= set(re.findall(r"^make ([a-z]+)", read(name), re.MULTILINE))
    served = {route.path for route in (*pages.routes(), *simulator.routes()) if hasattr(route, "path")}
    assert set(PAGE.findall(read(name))) == {"/chat", "/simulator", "/desk", "/admin"}
    assert set(PAGE.findall(read(name))) <= served


def test_both_readmes_have_the_same_sections_with_the_same_commands_links_and_pictures():
    chinese, english = (sections(name) for name in READMES)
    assert len(chinese) == len(english)
    for ours, theirs in zip(chinese, english, strict=True):
        others = set(READMES)
        assert set(LINK.findall(ours)) - others == set(LINK.findall(theirs)) - others
        assert set(PAGE.findall(ours)) == set(PAGE.findall(theirs))
        assert [(p, a[0]) for p, a in shown_commands(ours)] == [(p, a[0]) for p, a in shown_commands(theirs)]
        assert re.findall(r"^make [a-z]+", ours, re.MULTILINE) == re.findall(r"^make [a-z]+", theirs, re.MULTILINE)


def test_the_readmes_name_the_python_that_is_needed():
    wanted = read(".python-version").strip()
    assert all(f"Python {wanted}" in read(name) for name in READMES)


def test_the_lock_is_hashed_and_names_no_index():
    lock = read("requirements.lock")
    assert "--hash=sha256:" in lock
    assert not re.search(r"index-url|find-links|trusted-host|https?://", lock)
