"""The encoder as PyTorch sees it: six transformer layers over characters, a question head each, a tag for each character."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from bot.nlu.encoder import BEGIN, UNKNOWN
from bot.teaching.lessons import HEADS, LONGEST, PADDING, TAGS, Words
from bot.teaching.pretrained import FORWARD, HIDDEN, Pretrained

LAYERS, ATTENDING, DROPPED = 6, 12, 0.1
EPSILON = 1e-12


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
        self.characters = nn.Embedding(len(words.alphabet) + 3, HIDDEN)
        self.positions = nn.Parameter(torch.zeros(LONGEST + 1, HIDDEN))
        self.begun = nn.LayerNorm(HIDDEN, EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.heads = nn.ModuleList(nn.Linear(HIDDEN, len(words.labels[head])) for head in HEADS)
        self.tags = nn.Linear(HIDDEN, len(TAGS))
        self.dropped = nn.Dropout(DROPPED)
        # The vectors of all sentences point nearly one way at first: the heads see what is left without it.
        self.register_buffer("centre", torch.zeros(HIDDEN))
        self.register_buffer("spread", torch.ones(()))

    def meaning(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The mean over the characters (n × HIDDEN), and each character's own state."""
        real = ids != PADDING
        states = self.dropped(self.begun(self.characters(ids) + self.positions[: ids.shape[1]]))
        for layer in self.layers:
            states = layer(states, real[:, None, None, :])
        weight = real[..., None].to(states.dtype)
        mean = (states * weight).sum(1) / weight.sum(1)
        return (mean - self.centre) / self.spread, states

    def forward(self, ids: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Scores of each head's labels, and of each character's tags."""
        meaning, states = self.meaning(ids)
        return [head(self.dropped(meaning)) for head in self.heads], self.tags(self.dropped(states))


def begin(words: Words, pretrained: Pretrained) -> Network:
    """A network with the pretrained weights; a character that those do not know starts near the middle of the others."""
    network = Network(words)
    known = pretrained.weights
    rows = {char: known["word"][pretrained.single[char]] for char in words.alphabet if char in pretrained.single}
    middle = np.mean(list(rows.values()), axis=0)
    chance = np.random.default_rng(0)
    with torch.no_grad():
        table = torch.zeros_like(network.characters.weight)
        table[UNKNOWN], table[BEGIN] = torch.tensor(known["word"][3]), torch.tensor(known["word"][0])
        for char, number in words.alphabet.items():
            row = rows[char] if char in rows else middle + chance.normal(0, 0.02, HIDDEN)
            table[number] = torch.tensor(row, dtype=torch.float32)
        network.characters.weight.copy_(table)
        network.positions.copy_(torch.tensor(known["position"][: LONGEST + 1]))
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
