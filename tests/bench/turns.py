"""Full turns: ours through door, Rasa, actions, ledger and outbox to the platform; a stock project through its REST channel."""

from __future__ import annotations

import asyncio
import itertools
import re
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import yaml
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from tests.support.desk import free_port
from tests.support.processes import ROOT, Process, as_run, environment, migrated, running
from tests.support.town import Town

from .load import percentile

AT_ONCE, WARM, ROUNDS = 16, 32, 3
INTENTS, EXAMPLES, EPOCHS = 12, 60, 5  # how long DIET was trained does not change how long it thinks
SAYINGS = (
    "幸福小区{}号楼的路灯坏了三天了",
    "{}栋电梯又坏了没人修",
    "小区{}号门口垃圾没人清",
    "{}号院旁边工地半夜施工太吵",
)


@dataclass(frozen=True)
class TurnsResult:
    rate: float
    p50: float
    p95: float
    memory: dict[str, int]
    cpu: dict[str, float]  # milliseconds of each process a turn, whatever it waits for


async def ours(folder: Path, database: str, count: int) -> TurnsResult:
    Town.write_accounts(folder)
    await migrated(database)
    async with ClientSession() as http:
        town = Town(http)
        server = TestServer(town.platform.app())
        await server.start_server()
        processes = _our_processes(folder, database, str(server.make_url("")).rstrip("/"))
        base = processes["desk"].address
        async with running(http, *processes.values()):

            async def turn(number: int) -> None:
                sender = f"o-turn-{number}"
                await town.says([base], "mini", sender, SAYINGS[number % len(SAYINGS)].format(number))
                await town.platform.until(lambda: town.platform.texts(sender))

            found = await _measured(turn, count, processes)
        await server.close()
    return found


def _our_processes(folder: Path, database: str, api: str) -> dict[str, Process]:
    rasa, actions = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    platforms = {"WECHAT_API_BASE": api, "WECOM_API_BASE": api}
    return as_run(environment(folder, database, free_port(), rasa, ACTIONS_URL=actions, **platforms))


async def stock(folder: Path, count: int) -> TurnsResult:
    """A project as `rasa init` makes them for Chinese: jieba, character n-grams, DIET, rules, the REST channel."""
    await asyncio.to_thread(write_stock, folder)
    train = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "rasa", "train", "--fixed-model-name", "stock", "--out", str(folder),
        cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    if await train.wait():
        raise RuntimeError("the stock project did not train")
    port = free_port()
    base, env = f"http://127.0.0.1:{port}", environment(folder, "sqlite://", port, "http://127.0.0.1:9")
    served = ["rasa", "run", "-i", "127.0.0.1", "-p", str(port), "--model", str(folder / "stock.tar.gz")]
    served += ["--credentials", str(folder / "credentials.yml"), "--endpoints", str(folder / "endpoints.yml")]
    rasa = Process(served, {**env, "RASA_TELEMETRY_ENABLED": "false"}, f"{base}/webhooks/rest/")
    async with ClientSession() as http, running(http, rasa):

        async def turn(number: int) -> None:
            body = {"sender": f"s-{number}", "message": SAYINGS[number % len(SAYINGS)].format(number)}
            async with http.post(f"{base}/webhooks/rest/webhook", json=body) as answer:
                if not await answer.json():
                    raise RuntimeError("the stock bot said nothing")

        return await _measured(turn, count, {"rasa": rasa})


async def _measured(turn: Callable[[int], Awaitable[None]], count: int, processes: dict[str, Process]) -> TurnsResult:
    """`count` turns in each of some rounds, the median of each figure; every turn is another resident's."""
    numbers, rounds = itertools.count(), []
    await _round(turn, numbers, WARM)
    before = {name: process.cpu for name, process in processes.items()}
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        took = sorted(await _round(turn, numbers, count))
        rounds.append((count / (time.perf_counter() - begun), median(took), percentile(took, 95)))
    rate, p50, p95 = (median(figures) for figures in zip(*rounds, strict=True))
    memory = {name: process.memory for name, process in processes.items()}
    cpu = {name: 1000 * (process.cpu - before[name]) / (count * ROUNDS) for name, process in processes.items()}
    return TurnsResult(rate, p50, p95, memory, cpu)


async def _round(turn: Callable[[int], Awaitable[None]], numbers: Iterator[int], count: int) -> list[float]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> float:
        async with slots:
            begun = time.perf_counter()
            await turn(number)
            return 1000 * (time.perf_counter() - begun)

    return await asyncio.gather(*(one(next(numbers)) for _ in range(count)))


def write_stock(folder: Path) -> None:
    topics = sorted((ROOT / "nlu_data" / "topics").glob("C0*.yml"))[:INTENTS]
    names = [topic.stem.lower() for topic in topics]
    char_grams = {"name": "CountVectorsFeaturizer", "analyzer": "char", "min_ngram": 1, "max_ngram": 4}
    diet = {"name": "DIETClassifier", "epochs": EPOCHS, "constrain_similarities": True}
    pipeline = [{"name": "JiebaTokenizer"}, {"name": "CountVectorsFeaturizer"}, char_grams, diet]
    intents = [{"intent": name, "examples": _examples(topic)} for name, topic in zip(names, topics, strict=True)]
    rules = [{"rule": n, "steps": [{"intent": n}, {"action": f"utter_{n}"}]} for n in names]
    files = {
        "config.yml": {"recipe": "default.v1", "language": "zh", "pipeline": pipeline, "policies": [{"name": "RulePolicy"}]},
        "domain.yml": {"version": "3.1", "intents": names, "responses": {f"utter_{n}": [{"text": f"好的：{n}"}] for n in names}},
        "data/nlu.yml": {"version": "3.1", "nlu": intents},
        "data/rules.yml": {"version": "3.1", "rules": rules},
        "credentials.yml": {"rest": None},
        "endpoints.yml": {},
    }  # fmt: skip
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def _examples(topic: Path) -> str:
    lines = re.findall(r"^\s+- (?!\{)([^:{}\[\]]{4,60})$", topic.read_text(encoding="utf-8"), re.MULTILINE)
    return "".join(f"- {line.strip()}\n" for line in lines[:EXAMPLES])
