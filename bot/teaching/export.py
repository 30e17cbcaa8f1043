"""Writes the taught encoder and the tag network as the files that `bot.nlu.encoder` reads, with small whole weights."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import nn

from bot.nlu.encoder import BESIDE, DIMENSIONS, MIDDLE, VECTOR, VOCABULARY
from bot.nlu.encoder import LONGEST as LONGEST_KEY
from bot.nlu.subwords import BEGIN, FIRST
from bot.nlu.tag_network import CHARACTERS, GOES_ON_FROM, INPUTS, SCORES, mark_of
from bot.teaching.branch import SHARED, middle_of
from bot.teaching.lessons import LONGEST, batches
from bot.teaching.network import Network
from bot.teaching.shipped import TAUGHT, marks_of
from bot.teaching.tag_lessons import TagLesson
from bot.teaching.teach import Pupil
from bot.teaching.teach_tags import TagPupil
from bot.teaching.whole_numbers import Inputs, in_whole_numbers, keep_what_is_used

WATCHED = 300  # sentences by which it is known how large the numbers get that are rounded
SAMPLED = 6000  # sentences from which the directions are found in which the corpus differs most


class Exported(nn.Module):
    """The meaning, and the states from which the tags branch off: the bot's own questions are learned anew at every
    training."""

    def __init__(self, network: Network, directions: torch.Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("directions", directions)

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states = self.network.states(ids)
        return self.network.mean_of(states[-1], ids) @ self.directions, states[SHARED]


def export(pupil: Pupil, file: Path) -> None:
    """Writes the encoder's file."""
    exported = Exported(pupil.network.eval(), _directions(pupil)).eval()
    given = {"ids": torch.tensor([[BEGIN, *range(FIRST, FIRST + 4)]])}
    sample = pupil.lessons[:: max(1, len(pupil.lessons) // WATCHED)]
    model = in_small(exported, given, (VECTOR, MIDDLE), ({"ids": np.array([ids], np.int64)} for ids, _ in sample))
    vocabulary = json.dumps(pupil.words.subwords.vocabulary, ensure_ascii=False)
    props = {VOCABULARY: vocabulary, LONGEST_KEY: str(LONGEST), TAUGHT: marks_of(pupil.taught)}
    helper.set_model_props(model, props)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, file)


def export_tags(pupil: TagPupil, encoder: Path) -> None:
    """Writes the tag network's file beside the encoder's."""
    sample = [_given(pupil, one) for one in pupil.lessons[:: max(1, len(pupil.lessons) // WATCHED)]]
    watched = ({name: value.numpy() for name, value in given.items()} for given in sample)
    model = in_small(pupil.branch.eval(), sample[0], (SCORES,), watched)
    props = {CHARACTERS: "".join(pupil.words.characters), GOES_ON_FROM: mark_of(encoder)}
    helper.set_model_props(model, props)
    onnx.save(model, encoder.with_name(BESIDE))


def _given(pupil: TagPupil, lesson: TagLesson) -> dict[str, torch.Tensor]:
    rows = (torch.tensor([row]) for row in (lesson.owner, lesson.part, lesson.characters))
    return dict(zip(INPUTS, (middle_of(pupil.encoder, torch.tensor([lesson.subwords])), *rows), strict=True))


def in_small(
    network: nn.Module, given: dict[str, torch.Tensor], tells: Sequence[str], sample: Iterable[Inputs]
) -> onnx.ModelProto:
    """The network with small whole weights. `given`: what it is given for one text; lengths may differ."""
    with tempfile.TemporaryDirectory() as working:
        exact, small = Path(working) / "exact.onnx", Path(working) / "small.onnx"
        torch.onnx.export(
            network,
            tuple(given.values()),
            str(exact),
            input_names=list(given),
            output_names=list(tells),
            dynamic_axes={name: {1: f"{name}_length"} for name in given},
            opset_version=17,
            dynamo=False,
        )
        weights = {"weight_type": QuantType.QInt8, "per_channel": True}
        quantize_dynamic(exact, small, op_types_to_quantize=["MatMul", "Gather"], **weights)
        model = onnx.load(small)
    reckon_exactly(model.graph)
    in_whole_numbers(model, sample)
    return model


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
