"""`python -m bot.teaching`: teaches the encoder on nlu_data, then its tags, and writes them into nlu_data/encoder."""

import argparse
import sys
from pathlib import Path

from bot.nlu.encoder import FILE


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bot.teaching", description="教编码器，再教它标地点、时间、人名、病情，写进 nlu_data/encoder"
    )
    parser.add_argument("--epochs", type=float, default=2.5, help="语料读几遍；每遍约二十五分钟（两个核）")
    parser.add_argument("--from-checkpoint", type=Path, help="从这个存档接着教")
    parser.add_argument(
        "--from-shipped", action="store_true", help="从随项目分发的编码器接着教：新句子多读几遍，旧句子掺一部分"
    )
    parser.add_argument("--tags", action="store_true", help="编码器不动，只重教标注（约一小时）")
    parser.add_argument("--tag-epochs", type=float, default=4, help="标注的句子读几遍")
    parser.add_argument("--checkpoint", type=Path, default=Path("var/encoder.pt"), help="存档写在哪里")
    options = parser.parse_args()

    from bot.teaching.export import export, export_tags
    from bot.teaching.teach import teach, teach_on
    from bot.teaching.teach_tags import teach_tags

    if options.from_shipped:
        export(teach_on(options.epochs, options.checkpoint), FILE)
    elif not options.tags:
        export(teach(options.epochs, options.from_checkpoint, options.checkpoint), FILE)
    # What the tags go on from has changed: they are taught on every new encoder.
    export_tags(teach_tags(options.tag_epochs, options.checkpoint.with_suffix(".tags.pt")), FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
