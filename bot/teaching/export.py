"""Writes the taught encoder as the one file that `bot.nlu.encoder` reads, with weights of seven and eight bits."""

import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from bot.nlu.encoder import DIMENSIONS, VOCABULARY
from bot.nlu.encoder import LONGEST as LONGEST_KEY
from bot.nlu.subwords import BEGIN, FIRST
from bot.teaching.lessons import LONGEST, batches
from bot.teaching.network import Network
from bot.teaching.shipped import TAUGHT, marks_of
from bot.teaching.teach import Pupil

SAMPLED = 6000  # sentences from which the directions are found in which the corpus differs most


class Exported(nn.Module):
    """The meaning alone: the bot's own questions are learned anew at every training."""

    def __init__(self, network: Network, directions: torch.Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("directions", directions)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.network.meaning(ids) @ self.directions


def export(pupil: Pupil, file: Path) -> None:
    """Writes the file."""
    exported = Exported(pupil.network.eval(), _directions(pupil)).eval()
    with tempfile.TemporaryDirectory() as working:
        exact, small = Path(working) / "exact.onnx", Path(working) / "small.onnx"
        torch.onnx.export(
            exported,
            (torch.tensor([[BEGIN, *range(FIRST, FIRST + 4)]]),),
            str(exact),
            input_names=["ids"],
            output_names=["vector"],
            dynamic_axes={"ids": {1: "length"}},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(exact, small, weight_type=QuantType.QInt8, per_channel=True)
        model = onnx.load(small)
    settle_products(model.graph)
    vocabulary = json.dumps(pupil.words.subwords.vocabulary, ensure_ascii=False)
    props = {VOCABULARY: vocabulary, LONGEST_KEY: str(LONGEST), TAUGHT: marks_of(pupil.taught)}
    helper.set_model_props(model, props)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, file)


def settle_products(graph: onnx.GraphProto) -> None:
    """Products of whole numbers are twice as fast; what comes out of the activation reaches so far that rounding it costs
    most of what is lost, and is multiplied in floating point (cosine to the exact meaning .997 instead of .990)."""
    made_by = {output: node for node in graph.node for output in node.output}
    weights = {initializer.name: initializer for initializer in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        cast = made_by.get(node.input[0]) if node.op_type == "Mul" else None
        product = made_by.get(cast.input[0]) if cast and cast.op_type == "Cast" else None
        if product and product.op_type == "MatMulInteger" and _narrows(weights[product.input[1]]):
            factor = made_by[product.input[0]].input[0]
            nodes += _multiplied(factor, product.input[1], node.output[0])
        else:
            nodes.append(node)
            if node.op_type == "MatMulInteger":
                _in_seven_bits(weights, node.input[1])
    _keep_what_is_used(graph, nodes)


def _narrows(matrix: onnx.TensorProto) -> bool:
    return matrix.dims[0] > matrix.dims[1]


def _in_seven_bits(weights: dict[str, onnx.TensorProto], name: str) -> None:
    """So that no processor's sums of two products overflow sixteen bits, and all reckon the same."""
    for changed, halved in ((name, np.int8), (name.replace("_quantized", "_scale"), np.float32)):
        values = numpy_helper.to_array(weights[changed])
        values = np.clip(np.round(values / 2), -64, 63) if halved is np.int8 else values * 2
        weights[changed].CopyFrom(numpy_helper.from_array(values.astype(halved), changed))


def _multiplied(factor: str, weights: str, product: str) -> list[onnx.NodeProto]:
    scale, wide, exact = (weights.replace("_quantized", end) for end in ("_scale", "_wide", "_exact"))
    return [  # the first two are reckoned once, when the file is opened
        helper.make_node("Cast", [weights], [wide], to=TensorProto.FLOAT),
        helper.make_node("Mul", [wide, scale], [exact]),
        helper.make_node("MatMul", [factor, exact], [product]),
    ]


def _keep_what_is_used(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    needed, kept = {output.name for output in graph.output}, []
    for node in reversed(nodes):
        if needed & set(node.output):
            needed |= set(node.input)
            kept.append(node)
    used = [initializer for initializer in graph.initializer if initializer.name in needed]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(used)


@torch.no_grad()
def _directions(pupil: Pupil) -> torch.Tensor:
    """The directions (HIDDEN × DIMENSIONS) that hold most of the differences between sentences."""
    sample = pupil.lessons[:: max(1, len(pupil.lessons) // SAMPLED)]
    meanings = torch.cat([pupil.network.meaning(ids) for ids, _ in batches(sample, 64, shuffled=False)])
    centred = nn.functional.normalize(meanings - meanings.mean(0))
    return torch.linalg.svd(centred, full_matrices=False).Vh[:DIMENSIONS].T.contiguous()
