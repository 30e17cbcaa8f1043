"""A short run of the fuzzer with every run of the tests; a long one by hand: `python -m tests.fuzz door`, `… reading`."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="there is a package for x86_64 Linux only")
ROOT = Path(__file__).parents[2]
SECONDS = 15
# Linux counts what the process that starts another once used as the other's own; a shell between them uses nothing.
APART = ("sh", "-c", '"$@"; exit $?', "sh")
SEEDS = {
    "xml": "<xml><ToUserName><![CDATA[gh]]></ToUserName><Content><![CDATA[路灯坏了]]]]><![CDATA[>]]></Content></xml>",
    "json": '{"touser": "o", "text": {"content": "路灯坏了", "n": [1, 2.5e3, null]}}',
    "words": "我叫王桂芳，住翠湖苑2栋301，電話１３８ 0000 1234，不是路灯,是井盖。自-杀 \u200b\ufeff\x00",
    "digits": "1" * 52 + "？",
    "asks": "请问" * 18 + "都要" * 2,
    "corrects": "不是路灯是井盖" + "." * 700 + "坏",
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("target", ["door", "reading"])
def test_no_bytes_break_what_reads_them(target: str, tmp_path: Path) -> None:
    for name, seed in SEEDS.items():
        (tmp_path / name).write_text(seed, encoding="utf-8")
    options = (
        f"-max_total_time={SECONDS}",
        "-max_len=4000",
        "-timeout=5",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={tmp_path}/",
    )
    command = [*APART, sys.executable, "-m", "tests.fuzz", target, *options, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
