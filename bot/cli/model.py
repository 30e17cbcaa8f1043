"""The trained model: where it lies, what it was trained from, and its understanding without the rest of Rasa."""

import gzip
import hashlib
import os
import shutil
import tarfile
import zlib
from pathlib import Path

from bot import sources
from bot.boundary.policy import POLICY_FILE
from bot.nlu.reader import Reader
from bot.plain_errors import PlainError
from bot.sources import ROOT

MODEL = ROOT / "models" / "residents.tar.gz"
FINGERPRINT = MODEL.with_name("residents.sha256")
# Everything that training reads, and what changes in it from day to day. The boundary is not among them: a change of it works without training.
SOURCES = (
    "config.yml",
    "domain.yml",
    "bot/importer.py",
    "requirements.lock",
    "bot/rules",
    "bot/nlu",
    "bot/normalize.py",
    "nlu_data/encoder",
    "nlu_data/jieba",
)
SENTENCES = ("nlu_data/dialogue", "nlu_data/knowledge", "nlu_data/topics", "nlu_data/triggers")
COMPONENT = "components/train_bot.nlu.understanding.Understanding0/"


class NotTrained(PlainError):
    """There is no model that can be used; says what to do."""


def fingerprints() -> list[str]:
    """Hashes over names and contents of all that training reads: of the sentences, and of everything else."""
    return [sources.fingerprint(SENTENCES), sources.fingerprint(SOURCES)]


def is_fresh() -> bool:
    return _trained_from() == fingerprints()


def can_learn_on() -> bool:
    """Whether there is a model from which only the sentences are different by now."""
    return _trained_from()[1:] == fingerprints()[1:]


def _trained_from() -> list[str]:
    return (
        FINGERPRINT.read_text(encoding="utf-8", errors="replace").split()
        if MODEL.exists() and FINGERPRINT.exists()
        else []
    )


def var_dir() -> Path:
    return Path(os.environ.get("VAR_DIR") or ROOT / "var")


def load_reader(model: Path = MODEL) -> Reader:
    """The understanding part of a Rasa model with the boundary in force. Raises NotTrained."""
    if not model.exists():
        raise NotTrained("还没有训练好的模型，请先运行：make train")
    folder = unpacked(model)
    try:
        return Reader(folder, os.environ.get("BOUNDARY_FILE") or POLICY_FILE)
    except (KeyError, ValueError, OSError) as error:  # learned by other code than this, or half a file
        raise NotTrained("模型和现在的代码不配，请重新训练：make train") from error


def unpacked(model: Path) -> Path:
    """The component's files, unpacked once for each model. Raises `NotTrained`."""
    stamp = hashlib.sha256(f"{model.resolve()} {model.stat().st_mtime_ns} {model.stat().st_size}".encode()).hexdigest()[
        :16
    ]
    base = var_dir() / "understanding"
    folder = base / stamp
    if not folder.exists():
        shutil.rmtree(base, ignore_errors=True)
        unfinished = base / f"{stamp}.{os.getpid()}"
        unfinished.mkdir(parents=True)
        try:
            _unpack(model, unfinished)
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise NotTrained(f"模型文件 {model} 坏了，请重新训练：python -m bot train --force") from error
        unfinished.rename(folder)
    return folder


def _unpack(model: Path, folder: Path) -> None:
    with tarfile.open(model) as archive:
        for member in archive.getmembers():
            if member.isfile() and member.name.startswith(COMPONENT):
                (folder / Path(member.name).name).write_bytes(archive.extractfile(member).read())
