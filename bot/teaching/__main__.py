"""`python -m bot.teaching`: teaches the encoder on nlu_data and writes nlu_data/encoder/encoder.onnx."""

import argparse
import sys
from pathlib import Path

from bot.nlu.encoder import FILE


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bot.teaching", description="教编码器：读语料，写 nlu_data/encoder/encoder.onnx"
    )
    parser.add_argument("--epochs", type=float, default=2.5, help="语料读几遍；每遍约二十五分钟（两个核）")
    parser.add_argument("--from-checkpoint", type=Path, help="从这个存档接着教")
    parser.add_argument(
        "--from-shipped", action="store_true", help="从随项目分发的编码器接着教：新句子多读几遍，旧句子掺一部分"
    )
    parser.add_argument("--checkpoint", type=Path, default=Path("var/encoder.pt"), help="存档写在哪里")
    options = parser.parse_args()

    from bot.teaching.export import export
    from bot.teaching.teach import teach, teach_on

    if options.from_shipped:
        pupil = teach_on(options.epochs, options.checkpoint)
    else:
        pupil = teach(options.epochs, options.from_checkpoint, options.checkpoint)
    export(pupil, FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
