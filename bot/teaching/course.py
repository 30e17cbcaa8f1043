"""One course of lessons, the same for the encoder and for its tags: the rate rises, then falls to nearly nothing."""

import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path

import torch
from torch import nn

SIZE = 64  # sentences that are learned from at once
WARMING, LEAST = 0.06, 0.02  # shares: of the steps in which the rate rises, of the rate at the end
MEASURED_EVERY = 400


@dataclass(frozen=True)
class Course:
    """Run once: AdamW writes into the groups. `groups`: what is taught, as AdamW takes it. `one_pass`: the lessons once, in batches. `loss`: of one of these.
    `measured`: how well untaught sentences are answered."""

    network: nn.Module
    groups: list[dict]
    one_pass: Callable[[], Iterable[tuple[torch.Tensor, ...]]]
    loss: Callable[..., torch.Tensor]
    measured: Callable[[], dict[str, float]]
    checkpoint: Path

    def run(self, steps: int, share: float = 1.0) -> None:
        """Takes so many steps, each at this share of the rates; writes the checkpoint now and then, and at the end."""
        self.network.train()
        began = time.monotonic()
        optimizer = torch.optim.AdamW(self.groups, weight_decay=0.01)
        rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: share * _pace(done / steps))
        passes = chain.from_iterable(one() for one in repeat(self.one_pass))
        for step, batch in enumerate(islice(passes, steps), 1):
            loss = self.loss(*batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            optimizer.step()
            rates.step()
            if step % MEASURED_EVERY == 0 or step == steps:
                self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
                torch.save(self.network.state_dict(), self.checkpoint)
                print(step, steps, f"{time.monotonic() - began:.0f} s", self.measured(), file=sys.stderr)  # noqa: T201
                self.network.train()


def prepare() -> None:
    torch.manual_seed(0)
    # The optimizer's memory of a rare subword fades to numbers so small that the processor takes many times as long.
    torch.set_flush_denormal(True)
    # All processors, asked for: left to itself PyTorch takes fewer when the machine has been busy, though by its own work.
    torch.set_num_threads(os.cpu_count() or 1)
    random.seed(0)


def _pace(done: float) -> float:
    return done / WARMING if done < WARMING else max(LEAST, (1 - done) / (1 - WARMING))
