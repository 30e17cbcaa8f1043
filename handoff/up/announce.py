"""Waits until all processes answer, then says where everything is. Runs once beside them."""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request

from bot.lifetime import end_with_parents

from ..domain.clock import SystemClock
from ..remarks import remarks
from ..settings import Settings, load

LOGINS = "demo-logins"  # in VAR_DIR: one "name password" a line, until they have been shown
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
    logins = settings.var_dir / LOGINS
    _say(announcement(settings, logins.read_text(encoding="utf-8") if logins.exists() else ""))
    logins.unlink(missing_ok=True)
    return 0


def _ready(settings: Settings) -> bool:
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with directly.open(f"{settings.address}/readyz", timeout=3) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def announcement(settings: Settings, logins: str) -> str:
    base = settings.address
    lines = ["", "居民诉求助手已启动。", f"  居民聊天页   {base}/chat"]
    if not settings.channels_file.exists():
        lines.append(f"  微信模拟器   {base}/simulator")
    lines += [f"  工作台       {base}/desk", f"  数据         {base}/admin"]
    if logins:
        lines += ["", "演示账号（密码只显示这一次）："]
        lines += ["  {:<17}{}".format(*line.split(" ", 1)) for line in logins.splitlines()]
    noted = remarks(settings, SystemClock().now())
    if noted:
        lines += ["", *noted]
    lines += ["", f"日志在 {settings.var_dir / 'log'}。按 Ctrl-C 停止全部进程。", ""]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
