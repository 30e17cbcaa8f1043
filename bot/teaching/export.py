"""Writes the taught encoder as the one file that `bot.nlu.encoder` reads, with small whole weights."""

import json
import tempfile
from pathlib import Path

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
from bot.teaching.whole_numbers import in_whole_numbers, keep_what_is_used

WATCHED = 300  # sentences by which it is known how large the numbers get that are rounded
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
    reckon_exactly(model.graph)
    in_whole_numbers(model, (ids for ids, _ in pupil.lessons[:: max(1, len(pupil.lessons) // WATCHED)]))
    vocabulary = json.dumps(pupil.words.subwords.vocabulary, ensure_ascii=False)
    props = {VOCABULARY: vocabulary, LONGEST_KEY: str(LONGEST), TAUGHT: marks_of(pupil.taught)}
    helper.set_model_props(model, props)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, file)


def reckon_exactly(graph: onnx.GraphProto) -> None:
    """Leaves the weights in 8 bits and multiplies in floating point: what is rounded how, `in_whole_numbers` settles."""
    made_by = {output: node for node in graph.node for output in node.output}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        cast = made_by.get(node.input[0]) if node.op_type == "Mul" else None
        product = made_by.get(cast.input[0]) if cast and cast.op_type == "Cast" else None
        if product and product.op_type == "MatMulInteger":
            factor, weights = made_by[product.input[0]].input[0], product.input[1]
            nodes += _multiplied(factor, weights, node.output[0])
        else:
            nodes.append(node)
    keep_what_is_used(graph, nodes, {one.name: numpy_helper.to_array(one) for one in graph.initializer})


def _multiplied(factor: str, weights: str, product: str) -> list[onnx.NodeProto]:
    scale, wide, exact = (weights.replace("_quantized", end) for end in ("_scale", "_wide", "_exact"))
    return [  # the first two are reckoned once, when the file is opened
        helper.make_node("Cast", [weights], [wide], to=TensorProto.FLOAT),
        helper.make_node("Mul", [wide, scale], [exact]),
        helper.make_node("MatMul", [factor, exact], [product]),
    ]


@torch.no_grad()
def _directions(pupil: Pupil) -> torch.Tensor:
    """The directions (HIDDEN × DIMENSIONS) that hold most of the differences between sentences."""
    sample = pupil.lessons[:: max(1, len(pupil.lessons) // SAMPLED)]
    meanings = torch.cat([pupil.network.meaning(ids) for ids, _ in batches(sample, 64, shuffled=False)])
    centred = nn.functional.normalize(meanings - meanings.mean(0))
    return torch.linalg.svd(centred, full_matrices=False).Vh[:DIMENSIONS].T.contiguous()
