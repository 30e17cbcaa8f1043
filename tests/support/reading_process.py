"""A process of its own that reads very long messages and prints, as JSON, by how much its memory grew at most while it read
each: in megabytes, as the system counts them, with what NumPy and ONNX Runtime take for themselves.

    python -m tests.support.reading_process
"""

import json
import random
import re
from pathlib import Path

from bot.cli.model import load_reader

CHARACTERS = 100_000
USUAL = "我叫王建国，住幸福小区3号楼201室，电话13800001234，楼道灯坏了，另外垃圾没人收，居住证怎么办"
PROCESS = Path("/proc/self")


def long_messages() -> dict[str, str]:
    rng = random.Random(7)
    return {
        "一个字": "救" * CHARACTERS,
        "数字": "1" * CHARACTERS,
        "随便什么字": "".join(chr(rng.randrange(0x4E00, 0x9FA6)) for _ in range(CHARACTERS)),
        "表情": "".join(rng.choice("😀🙏🆘👋🏻👨\u200d👩\u200d👧") for _ in range(CHARACTERS)),
        "看不见的": "\u200b" * CHARACTERS,
        "夹着看不见的": "路\u200b\u200d灯" * (CHARACTERS // 4),
        "人名": "王大爷李阿姨张建国，" * (CHARACTERS // 10),
        "一个顶十八个": "\ufdfa" * CHARACTERS,
    }


def megabytes(kind: str) -> float:
    """VmRSS is what is taken now, VmHWM the most so far."""
    told = re.search(rf"^{kind}:\s+(\d+) kB$", (PROCESS / "status").read_text(), re.MULTILINE)
    return int(told[1]) / 1024


def main() -> None:
    reader, grown = load_reader(), {}
    reader.read(USUAL)  # what is opened with the first message stays
    for name, text in long_messages().items():
        (PROCESS / "clear_refs").write_text("5")  # the most so far is counted anew: loading took more than any message
        before = megabytes("VmRSS")
        reader.read(text)
        grown[name] = round(megabytes("VmHWM") - before, 1)
    print(json.dumps(grown))  # noqa: T201


if __name__ == "__main__":
    main()
