"""`python -m bot`: train, understand, evaluate, compare, benchmark-classifier, ship-vectors."""

import argparse
import sys
from pathlib import Path

from bot.arguments import Parser, number
from bot.env_file import apply_env_file
from bot.plain_errors import PlainError, in_words

MOST = 1_000_000  # epochs, sentences


def _parser() -> Parser:
    parser = Parser(prog="python -m bot", description="居民诉求助手：训练、理解、评测")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    train = commands.add_parser("train", help="训练（语料和代码没变就跳过）")
    train.add_argument("--force", action="store_true", help="没变也重新训练")
    commands.add_parser("ship-vectors", help="更新随语料分发的句向量（改过语料之后）")
    understand = commands.add_parser("understand", help='标准输入每行一个 {"text": …}，逐行输出理解结果')
    understand.add_argument("--explain", action="store_true", help="同时说出为什么")
    benchmark = commands.add_parser("benchmark-classifier", help="在别的数据上测分类器：TSV，表头 label<TAB>text")
    benchmark.add_argument("train_file", metavar="TRAIN", type=Path)
    benchmark.add_argument("test_file", metavar="TEST", type=Path)
    evaluate = commands.add_parser("evaluate", help="在自己的测试集上评测，写 var/eval/report.html")
    evaluate.add_argument("--data", type=Path, default=Path("tests/nlu/data"), help="测试句所在的文件夹")
    evaluate.add_argument("--write-docs", action="store_true", help="同时更新 docs/understanding.md 里的表和图")
    compare = commands.add_parser("compare", help="几种分类做法放在一起比：自己的开发集，和另外给的 TSV")
    compare.add_argument("--train", action="append", nargs="+", type=Path, metavar="TSV", help="一组训练文件，可重复")
    compare.add_argument("--test", action="append", type=Path, metavar="TSV", help="对应的测试文件，可重复")
    compare.add_argument("--diet", type=number(1, MOST), metavar="轮数", help="也训练 Rasa 的 DIET，最多这么多轮；很慢")
    compare.add_argument(
        "--most", type=number(1, MOST), metavar="句数", help="居民的话最多学这么多句（各种做法学同样的句子）"
    )
    compare.add_argument("--data", type=Path, default=Path("tests/nlu/data"), help="开发集所在的文件夹")
    compare.add_argument("--write-docs", action="store_true", help="同时更新 docs/understanding.md 里的表")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        apply_env_file()
        return _run(options)
    except PlainError as error:
        print(error, file=sys.stderr)  # noqa: T201
    except OSError as error:
        print(in_words(error), file=sys.stderr)  # noqa: T201
    return 2


def _run(options: argparse.Namespace) -> int:
    """The imports wait until the command is known, so that --help answers at once."""
    if options.command == "train":
        from bot.cli.train import run
    elif options.command == "understand":
        from bot.cli.understand import run
    elif options.command == "ship-vectors":
        from bot.cli.vectors import run
    elif options.command == "benchmark-classifier":
        from bot.cli.benchmark import run
    elif options.command == "compare":
        from bot.cli.compare import run
    else:
        from bot.cli.evaluate import run
    return run(options)


if __name__ == "__main__":
    sys.exit(main())
