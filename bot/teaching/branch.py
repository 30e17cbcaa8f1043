"""The tag network as PyTorch sees it: the encoder's upper layers once more, and above them the characters."""

import torch
from torch import nn
from torch.nn import functional

from bot.nlu.subwords import PADDING
from bot.nlu.tags import NEVER, TAGS, may_follow
from bot.teaching.network import Network
from bot.teaching.pretrained import HIDDEN, LAYERS

# Layers of the encoder that the tags share with the meaning, and are not taught again.
SHARED = LAYERS // 2
NARROW, DROPPED, PLACES = 192, 0.15, 4


class Beside(nn.Module):
    """Each character looks at those beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = nn.Conv1d(NARROW, NARROW, 3, padding=1)
        self.after = nn.LayerNorm(NARROW)
        self.dropped = nn.Dropout(DROPPED)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        seen = self.looked(self.dropped(states).transpose(1, 2)).transpose(1, 2)
        return self.after(states + functional.gelu(seen))


class Branch(nn.Module):
    """`layers`: begin as the encoder's own. `steps`: scores of one tag after another."""

    def __init__(self, layers: nn.ModuleList, characters: int) -> None:
        super().__init__()
        self.layers = layers
        self.narrowed = nn.Linear(HIDDEN, NARROW)
        self.characters, self.parts = nn.Embedding(characters, NARROW), nn.Embedding(PLACES, NARROW)
        for table in (self.characters, self.parts):
            nn.init.normal_(table.weight, std=0.3)
        self.begun = nn.LayerNorm(NARROW)
        self.beside = nn.ModuleList(Beside() for _ in range(2))
        self.told = nn.Linear(NARROW, len(TAGS))
        self.steps = nn.Parameter(torch.zeros(len(TAGS), len(TAGS)))
        self.dropped = nn.Dropout(DROPPED)

    def forward(
        self,
        middle: torch.Tensor,
        owner: torch.Tensor,
        part: torch.Tensor,
        characters: torch.Tensor,
        real: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Scores (sentences × characters × tags). `real`: which subwords are no filling; None: all."""
        real = torch.ones_like(middle[..., 0], dtype=torch.bool) if real is None else real
        for layer in self.layers:
            middle = layer(middle, real[:, None, None])
        own = torch.gather(middle, 1, owner[..., None].expand(-1, -1, HIDDEN))
        states = self.begun(self.narrowed(self.dropped(own)) + self.characters(characters) + self.parts(part))
        written = (characters > 0)[..., None].to(states.dtype)  # what fills up is 0 to those beside it
        for beside in self.beside:
            states = beside(states * written)
        return self.told(self.dropped(states * written))

    def all_steps(self) -> torch.Tensor:
        return self.steps + torch.tensor(may_follow(), dtype=torch.float32)


@torch.no_grad()
def middle_of(network: Network, subwords: torch.Tensor) -> torch.Tensor:
    """What the shared layers make of each subword."""
    states = network.begun(network.subwords(subwords) + network.positions[: subwords.shape[1]])
    for layer in network.layers[:SHARED]:
        states = layer(states, (subwords != PADDING)[:, None, None])
    return states


def loss_of(scores: torch.Tensor, tags: torch.Tensor, written: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """How unlikely the right rows of tags are among all rows (a linear-chain CRF), per sentence."""
    begins = torch.tensor([NEVER if tag.startswith("I") else 0.0 for tag in TAGS])
    every = scores[:, 0] + begins
    right = every.gather(1, tags[:, :1]).squeeze(1)
    for at in range(1, scores.shape[1]):
        here = written[:, at]
        further = torch.logsumexp(every[:, :, None] + steps, 1) + scores[:, at]
        every = torch.where(here[:, None], further, every)
        step = steps[tags[:, at - 1], tags[:, at]] + scores[:, at].gather(1, tags[:, at : at + 1]).squeeze(1)
        right = right + torch.where(here, step, torch.zeros(()))
    return (torch.logsumexp(every, 1) - right).mean()
