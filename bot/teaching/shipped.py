"""The encoder as it is shipped, taken up again: its weights out of encoder.onnx, and which sentences it was taught."""

import base64
import hashlib
import json
from collections.abc import Iterable

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from bot.nlu.encoder import FILE, VOCABULARY
from bot.nlu.subwords import FIRST
from bot.teaching.lessons import Words
from bot.teaching.network import Network, begin
from bot.teaching.pretrained import Pretrained
from bot.teaching.whole_numbers import EVENED, SCALES, WEIGHTS

WIDE = 4  # bytes that stand for a sentence
TAUGHT = "taught"
# The large matrices carry no names of their own in the file; they come in this order, layer by layer.
IN_ORDER = ("attended", "joined", "wide", "narrow")


class Shipped:
    """`knows(text)`: whether the encoder was taught this normalised sentence."""

    def __init__(self) -> None:
        model = onnx.load(FILE)
        self._values = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
        about = {one.key: one.value for one in model.metadata_props}
        self._vocabulary = [piece for piece, _ in json.loads(about[VOCABULARY])]
        packed = base64.b64decode(about.get(TAUGHT, ""))
        self._taught = {packed[i : i + WIDE] for i in range(0, len(packed), WIDE)}

    def knows(self, text: str) -> bool:
        return _mark(text) in self._taught

    def network(self, words: Words, pretrained: Pretrained) -> Network:
        """Its network with the heads still empty; subwords that are new since start as the pretrained ones do."""
        network = begin(words, pretrained)
        state = network.state_dict()
        for name in state.keys() & {name.removeprefix("network.") for name in self._values}:
            state[name] = torch.tensor(self._values[f"network.{name}"])
        for number, weights in enumerate(self._matrices()):
            layer, part = divmod(number, len(IN_ORDER))
            state[f"layers.{layer}.{IN_ORDER[part]}.weight"] = torch.tensor(weights.T)
        table = self._table()
        state["subwords.weight"][:FIRST] = table[:FIRST]
        numbers = {piece: number for number, (piece, _) in enumerate(words.subwords.vocabulary, FIRST)}
        for number, piece in enumerate(self._vocabulary, FIRST):
            if piece in numbers:
                state["subwords.weight"][numbers[piece]] = table[number]
        network.load_state_dict(state)
        return network

    def _matrices(self) -> Iterable[np.ndarray]:
        names = [name for name in self._values if name.startswith("onnx::MatMul") and name.endswith(WEIGHTS)]
        for name in sorted(names, key=lambda name: int(name.split("_")[1])):
            matrix = self._values[name].astype(np.float32) * self._values[name.replace(WEIGHTS, SCALES)]
            yield matrix * self._values[name.replace(WEIGHTS, EVENED)][:, None]

    def _table(self) -> torch.Tensor:
        name = "network.subwords.weight"
        whole = self._values[f"{name}_quantized"].astype(np.float32) - self._values[f"{name}_zero_point"]
        return torch.tensor((whole * self._values[f"{name}_scale"]).astype(np.float32))


def marks_of(texts: Iterable[str]) -> str:
    """What says in the file that these sentences were taught."""
    return base64.b64encode(b"".join(sorted({_mark(text) for text in texts}))).decode()


def _mark(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:WIDE]
