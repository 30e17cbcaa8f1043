"""The documents are held against the code."""

import re
from pathlib import Path

import pytest

from handoff import settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "README.en.md", *sorted((ROOT / "docs").glob("*.md"))]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


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
def test_every_link_leads_somewhere(document):
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["README.md", "README.en.md"])
def test_the_readme_shows_the_two_commands_that_the_makefile_has(name):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    for command in ("run", "test"):
        assert f"make {command}" in read(name)
        assert command in targets


def test_the_lock_is_hashed_and_names_no_index():
    lock = read("requirements.lock")
    assert "--hash=sha256:" in lock
    assert not re.search(r"index-url|find-links|trusted-host|https?://", lock)
