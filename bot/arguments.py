"""Arguments of the commands: what is wrong with them is said in one Chinese line."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

# What argparse says, and what people read.
_SAID = (
    (r"^argument ([^:]+): ", r"\1 "),
    (r"the following arguments are required: ", "还要写："),
    (r"one of the arguments (.+) is required", r"要写其中一个：\1"),
    (r"unrecognized arguments: ", "不认识的参数："),
    (r"invalid choice: (.+?) \(choose from (.+)\)", r"不能是 \1，只能是 \2"),
    (r"invalid int value: ", "应是整数，现在是 "),
    (r"expected at least one argument", "后面至少要写一个值"),
    (r"expected one argument", "后面要写一个值"),
    (r"not allowed with argument (.+)", r"不能和 \1 同时写"),
)


class Parser(argparse.ArgumentParser):
    def parse_args(self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None):
        for word in sys.argv[1:] if args is None else args:
            if any("\ud800" <= char <= "\udfff" for char in word):
                self.error(f"参数 {word.encode('utf-8', 'replace').decode()} 不是 UTF-8 的文字")
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        for pattern, words in _SAID:
            message = re.sub(pattern, words, message)
        self.exit(2, f"{' '.join(message.split())}。用法见：{self.prog} -h\n")


def number(low: int, high: int) -> Callable[[str], int]:
    """A `type` for whole numbers within these bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or len(text) > 18 or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"应是 {low} 到 {high} 的整数，现在是 {text[:20]}")
        return int(text)

    return read
