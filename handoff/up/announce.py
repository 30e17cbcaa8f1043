"""Waits until all processes answer, then says where everything is. Runs once beside them."""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from bot.lifetime import end_with_parents

from ..settings import Settings, load

LONGEST = 180.0  # seconds until it says what is missing, and goes on waiting
EVERY = 0.5


def main() -> int:
    end_with_parents(os.environ)
    settings = load()
    started, told = time.monotonic(), False
    while not _ready(settings):
        if not told and time.monotonic() - started > LONGEST:
            _say(f"还没有全部就绪，日志在 {settings.var_dir / 'log'}。消息照常收下，由人工回复。")
            told = True
        time.sleep(EVERY)
    _say(announcement(settings, os.environ.get("DEMO_LOGINS", "")))
    return 0


def _ready(settings: Settings) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.port}/readyz", timeout=3) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def announcement(settings: Settings, logins: str) -> str:
    base = f"http://{'127.0.0.1' if settings.host == '0.0.0.0' else settings.host}:{settings.port}"
    lines = ["", "居民诉求助手已启动。", f"  居民聊天页   {base}/chat"]
    if not Path(settings.channels_file).exists():
        lines.append(f"  微信模拟器   {base}/simulator")
    lines += [f"  工作台       {base}/desk", f"  数据         {base}/admin"]
    if logins:
        lines += ["", "演示账号（密码只显示这一次）："]
        lines += ["  {:<17}{}".format(*line.split(" ", 1)) for line in logins.splitlines()]
    if settings.chat_kept is None:
        lines += ["", "聊天保留多久还没有定（CHAT_KEPT_DAYS），现在一直保留，见 docs/queue.md。"]
    lines += ["", f"日志在 {settings.var_dir / 'log'}。按 Ctrl-C 停止全部进程。", ""]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
