"""Decrypting and reading one callback, beside wechatpy 2.0.0a26, which is fetched into an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bot.channels.platform import platform_for
from bot.channels.registry import build_accounts

ACCOUNT = {"name": "oa", "kind": "wechat", "app_id": "wx9900000000000001", "token": "bench", "app_secret": "0" * 32,
           "encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "mode": "secure"}  # fmt: skip
WANTED = ("wechatpy==2.0.0a26", "cryptography", "packaging")
PEER = """
import json, sys, time
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
case = json.load(open(sys.argv[1]))
crypto = WeChatCrypto(case["token"], case["key"], case["app_id"])
begun = time.perf_counter()
for _ in range(case["rounds"]):
    query = case["query"]
    clear = crypto.decrypt_message(case["body"], query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(clear)
assert message.content == case["words"], message
print(1e6 * (time.perf_counter() - begun) / case["rounds"])
"""


def measure(folder: Path, rounds: int) -> tuple[float, float | None]:
    """Microseconds a message: ours, and wechatpy's or None where it cannot be fetched. Ours also screens field by field
    and refuses an old timestamp."""
    channel = build_accounts([ACCOUNT], {})["oa"]
    words = "幸福小区3号楼的路灯坏了三天了，晚上老人出门害怕"
    callback = platform_for(channel).text("o-bench", words)
    begun = time.perf_counter()
    for _ in range(rounds):
        received = channel.receive(callback.query, callback.body)
    took = 1e6 * (time.perf_counter() - begun) / rounds
    if received.inbounds[0].text != words:
        raise AssertionError("the words did not survive")
    case = {"token": ACCOUNT["token"], "key": ACCOUNT["encoding_aes_key"], "app_id": ACCOUNT["app_id"], "words": words,
            "query": dict(callback.query), "body": callback.body.decode(), "rounds": rounds}  # fmt: skip
    return took, _peer(folder, case)


def _peer(folder: Path, case: dict) -> float | None:
    python = folder / "wechatpy" / "bin" / "python"
    steps = (
        [sys.executable, "-m", "uv", "venv", "-q", "--python", sys.executable, str(folder / "wechatpy")],
        [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(python), *WANTED],
    )
    (folder / "case.json").write_text(json.dumps(case), encoding="utf-8")
    try:
        for step in steps:
            subprocess.run(step, check=True, timeout=120, capture_output=True)
        said = subprocess.run([python, "-c", PEER, folder / "case.json"], check=True, timeout=120, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return float(said.stdout)
