"""docs/performance.md from what was measured: goals beside figures, and how to read them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from .consoles import ConsolesResult
from .door import DoorResult
from .load import Measured
from .turns import TurnsResult

MB = 1024 * 1024
GOAL = 1.5  # times the stock project's turns
BUSY = 1.0  # load of others at the start above which the figures say so
NAMES = {"sqlite": "SQLite（WAL，synchronous=FULL）", "postgresql": "PostgreSQL（synchronous_commit=on）"}


@dataclass
class Run:
    day: str
    machine: str
    load_before: float
    load_after: float = 0.0
    codec: tuple[float, float | None] | None = None
    doors: dict[str, DoorResult] = field(default_factory=dict)
    consoles: dict[str, ConsolesResult] = field(default_factory=dict)
    ours: TurnsResult | None = None
    stock: TurnsResult | None = None


def page(run: Run) -> str:
    sections = [_head(run), _doors(run), _turns(run), _codec(run), _consoles(run), _memory(run)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _head(run: Run) -> str:
    lines = [
        "# 性能",
        f"由 `make bench` 写成（{run.day}）。{run.machine}。压测程序和被测程序在同一台机器上。",
        "延迟从“该发出的时刻”算起，所以处理不过来时看得见；比值都来自同一次运行；每个数是几轮的中位数。",
    ]
    if run.load_before > BUSY:
        lines.append(
            f"**这次运行时机器上还有别的程序在跑（开始前负载 {run.load_before:.1f}）**，"
            "所以绝对数字偏低、延迟偏高；每条消息的处理器时间和比值更可信。请在空闲的机器上再测。"
        )
    return "\n\n".join(lines)


def _doors(run: Run) -> str:
    if not run.doors:
        return ""
    rows = [
        "## 大门",
        "签名、加密的回调 → 验签、解密、安全筛查、落盘 → 答应。目标：每秒 500 条时 p99 ≤ 20 毫秒；"
        "每秒 1,000 条能持续（连送一分钟）。量的是已有人接待的居民：还归机器人的，答应之后还要走“整轮”；在排队的，机器人还会旁听一遍。",
        "| 账本 | 每秒送来 | 每秒答应 | p50 毫秒 | p99 毫秒 | 没答应 | 目标 |\n|---|---|---|---|---|---|---|",
    ]
    table = []
    for engine, found in run.doors.items():
        table.append(_door_row(engine, "500", found.at_500, _mark(found.at_500.p99 <= 20 and not found.at_500.failed)))
        sustained = found.at_1000.rate >= 950 and not found.at_1000.failed
        table.append(_door_row(engine, "1,000", found.at_1000, _mark(sustained)))
        table.append(_door_row(engine, "不限", found.most, ""))
    limits = [
        f"- {NAMES[engine]}：同一块盘上一条一条地落盘，每秒 {found.bare:,.0f} 次；"
        f"大门最多每秒 {found.most.rate:,.0f} 条，是它的 {found.most.rate / found.bare:.1f} 倍（一组只落一次盘）。"
        f"每条用 desk 处理器 {found.cpu:.2f} 毫秒。"
        for engine, found in run.doors.items()
    ]
    return "\n\n".join(rows[:2]) + "\n\n" + "\n".join([rows[2], *table]) + "\n\n" + "\n".join(limits)


def _door_row(engine: str, offered: str, measured: Measured, goal: str) -> str:
    figures = f"{measured.rate:,.0f} | {measured.p50:,.1f} | {measured.p99:,.1f} | {measured.failed}"
    return f"| {engine} | {offered} | {figures} | {goal} |"


def _mark(reached: bool) -> str:
    return "达到" if reached else "未达到"


def _turns(run: Run) -> str:
    if not (run.ours and run.stock):
        return ""
    ratio = run.ours.rate / run.stock.rate
    return "\n".join(
        [
            "## 整轮",
            "",
            "16 位居民同时说话，每人一句。本项目走完整条路：回调、账本、Rasa、动作、提交、发到平台。",
            f"普通 Rasa 项目（jieba + 字 n-gram + DIET + RulePolicy）只走 REST 渠道，不记账、不发送。目标：≥ {GOAL} 倍。",
            "",
            "| | 每秒几轮 | p50 毫秒 | p95 毫秒 |",
            "|---|---|---|---|",
            f"| 本项目 | {run.ours.rate:.1f} | {run.ours.p50:,.0f} | {run.ours.p95:,.0f} |",
            f"| 普通 Rasa 项目 | {run.stock.rate:.1f} | {run.stock.p50:,.0f} | {run.stock.p95:,.0f} |",
            "",
            f"本项目是它的 {ratio:.2f} 倍（{_mark(ratio >= GOAL)}）。",
            "",
            _processor(run.ours, run.stock),
        ]
    )


def _processor(ours: TurnsResult, stock: TurnsResult) -> str:
    """What the goal would leave for a turn on this machine's cores, beside what it takes."""
    cores = os.cpu_count() or 1
    parts = "、".join(f"{name} {spent:.1f}" for name, spent in ours.cpu.items())
    return (
        f"每轮用的处理器：本项目 {sum(ours.cpu.values()):.1f} 毫秒（{parts}），普通 Rasa 项目 {sum(stock.cpu.values()):.1f} 毫秒。"
        f"要做到它的 {GOAL} 倍，{cores} 个核上一轮最多用 {1000 * cores / (GOAL * stock.rate):.1f} 毫秒，压测程序和平台替身的也在内。"
    )


def _codec(run: Run) -> str:
    if run.codec is None:
        return ""
    ours, peer = run.codec
    beside = "没有比较（取不到包）" if peer is None else f"{peer:.0f} 微秒，本项目是它的 {ours / peer:.2f} 倍"
    return (
        f"## 解密与解析\n\n一条加密的文字消息：本项目 {ours:.0f} 微秒（含时间窗、深度和节点数检查、字段核对）；"
        f"wechatpy 2.0.0a26：{beside}。"
    )


def _consoles(run: Run) -> str:
    if not run.consoles:
        return ""
    rows = [
        f"| {engine} | {found.queue:,.0f} | {found.told:,.0f} | {found.memory / MB:,.0f} |"
        for engine, found in run.consoles.items()
    ]
    head = (
        "## 一千人在等，两百个工作台开着\n\n"
        "| 账本 | 读一次队列（毫秒） | 居民开口到最后一个工作台知道（毫秒） | desk 内存 MB |\n|---|---|---|---|\n"
    )
    return head + "\n".join(rows)


def _memory(run: Run) -> str:
    used = {f"{name}（本项目）": size for name, size in (run.ours.memory if run.ours else {}).items()}
    used |= {f"{name}（普通 Rasa 项目）": size for name, size in (run.stock.memory if run.stock else {}).items()}
    if not used:
        return ""
    rows = "\n".join(f"| {name} | {size / MB:,.0f} |" for name, size in used.items())
    return f"## 内存\n\n| 进程 | MB |\n|---|---|\n{rows}"
