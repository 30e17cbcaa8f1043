"""The encoder as PyTorch sees it: transformer layers over subwords, and a head for each question."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bot.nlu.subwords import BEGIN, FIRST, PADDING, UNKNOWN
from bot.teaching.lessons import HEADS, LONGEST, Words
from bot.teaching.pretrained import BEGIN_ROW, FORWARD, HIDDEN, LAYERS, UNKNOWN_ROW, Pretrained

ATTENDING, DROPPED = 12, 0.1
EPSILON = 1e-12
MORE = 2  # subwords than characters at most: what begins the text, and a mark before its first word


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attended, self.joined = nn.Linear(HIDDEN, 3 * HIDDEN), nn.Linear(HIDDEN, HIDDEN)
        self.wide, self.narrow = nn.Linear(HIDDEN, FORWARD), nn.Linear(FORWARD, HIDDEN)
        self.after_attention, self.after = nn.LayerNorm(HIDDEN, EPSILON), nn.LayerNorm(HIDDEN, EPSILON)
        self.dropped = nn.Dropout(DROPPED)

    def forward(self, states: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        count, length, _ = states.shape
        parts = self.attended(states).view(count, length, 3, ATTENDING, HIDDEN // ATTENDING)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        # Written out: for sentences so short PyTorch's own attention takes its gradients ten times as long.
        likeness = (query @ key.transpose(2, 3)) / math.sqrt(HIDDEN // ATTENDING)
        seen = likeness.masked_fill(~real, float("-inf")).softmax(3).to(value.dtype) @ value
        seen = self.joined(seen.transpose(1, 2).reshape(count, length, HIDDEN))
        states = self.after_attention(states + self.dropped(seen))
        return self.after(states + self.dropped(self.narrow(functional.gelu(self.wide(states)))))


class Network(nn.Module):
    def __init__(self, words: Words) -> None:
        super().__init__()
        self.subwords = nn.Embedding(FIRST + len(words.subwords.vocabulary), HIDDEN)
        self.positions = nn.Parameter(torch.zeros(LONGEST + MORE, HIDDEN))
        self.begun = nn.LayerNorm(HIDDEN, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.heads = nn.ModuleList(nn.Linear(HIDDEN, len(words.labels[head])) for head in HEADS)
        self.dropped = nn.Dropout(DROPPED)
        # The vectors of all sentences point nearly one way at first: the heads see what is left without it.
        self.register_buffer("centre", torch.zeros(HIDDEN))
        self.register_buffer("spread", torch.ones(()))

    def states(self, ids: torch.Tensor) -> list[torch.Tensor]:
        """What each layer makes of the subwords (n × subwords × HIDDEN); the first is what they begin as."""
        real = (ids != PADDING)[:, None, None, :]
        states = [self.dropped(self.begun(self.subwords(ids) + self.positions[: ids.shape[1]]))]
        for layer in self.layers:
            states.append(layer(states[-1], real))
        return states

    def mean_of(self, states: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        """The mean over the subwords (n × HIDDEN)."""
        weight = (ids != PADDING)[..., None].to(states.dtype)
        mean = (states * weight).sum(1) / weight.sum(1)
        return (mean - self.centre) / self.spread

    def meaning(self, ids: torch.Tensor) -> torch.Tensor:
        """The mean over the subwords after the last layer (n × HIDDEN)."""
        return self.mean_of(self.states(ids)[-1], ids)

    def forward(self, ids: torch.Tensor) -> list[torch.Tensor]:
        """Scores of each head's labels."""
        meaning = self.meaning(ids)
        return [head(self.dropped(meaning)) for head in self.heads]


def begin(words: Words, pretrained: Pretrained) -> Network:
    """A network with the pretrained weights."""
    network, known = Network(words), pretrained.weights
    with torch.no_grad():
        network.subwords.weight.zero_()
        network.subwords.weight[[UNKNOWN, BEGIN]] = torch.tensor(known["word"][[UNKNOWN_ROW, BEGIN_ROW]])
        network.subwords.weight[FIRST:] = torch.tensor(known["word"][pretrained.rows])
        network.positions.copy_(torch.tensor(known["position"][: LONGEST + MORE]))
        _copy(network.begun, known["ln.w"], known["ln.b"])
        for number, layer in enumerate(network.layers):
            _begin_layer(
                layer, {name.partition(".")[2]: w for name, w in known.items() if name.startswith(f"{number}.")}
            )
    return network


def _begin_layer(layer: Layer, known: dict[str, np.ndarray]) -> None:
    together = (np.concatenate([known[f"{part}.{kind}"] for part in "qkv"]) for kind in "wb")
    _copy(layer.attended, *together)
    for module, name in ((layer.joined, "ao"), (layer.wide, "fi"), (layer.narrow, "fo")):
        _copy(module, known[f"{name}.w"], known[f"{name}.b"])
    for module, name in ((layer.after_attention, "aln"), (layer.after, "oln")):
        _copy(module, known[f"{name}.w"], known[f"{name}.b"])


def _copy(module: nn.Module, weight: np.ndarray, bias: np.ndarray) -> None:
    module.weight.copy_(torch.tensor(weight))
    module.bias.copy_(torch.tensor(bias))
