"""Rasa's own classifiers on its stock features (jieba words, runs of characters), driven without the rest of Rasa."""

import tempfile
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.nlu.tokenizers.jieba_tokenizer import JiebaTokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.cli.rivals import Task, folder_size

# As `rasa init` writes them for a language with a tokenizer of its own.
FEATURES = ({}, {"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4})


class StockPipeline:
    """Jieba, two featurizers and one of Rasa's classifiers, trained and asked one message at a time."""

    def __init__(self, classifier: type, config: dict[str, Any] | None = None) -> None:
        self.classifier, self.config = classifier, config or {}

    def learn(self, task: Task) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._storage = LocalModelStorage.create(Path(self._folder.name))
        examples = [Message.build(text=text, intent=label) for text, label in zip(task.texts, task.labels, strict=True)]
        data = TrainingData(examples)
        self._steps = [self._made(JiebaTokenizer, {}, "tokenizer")]
        self._steps[0].process_training_data(data)
        for number, config in enumerate(FEATURES):
            self._steps.append(self._made(CountVectorsFeaturizer, config, f"features{number}"))
            self._steps[-1].train(data)
            self._steps[-1].process_training_data(data)
        self._steps.append(self._made(self.classifier, self.config, "classifier"))
        self._steps[-1].train(data)

    def _made(self, component: type, config: dict[str, Any], name: str) -> Any:
        context = ExecutionContext(GraphSchema({}), node_name=name)
        return component.create({**component.get_default_config(), **config}, self._storage, Resource(name), context)

    def label(self, text: str) -> str:
        message = Message.build(text=text)
        message.set(TEXT, text)
        for step in self._steps:
            step.process([message])
        return message.get(INTENT)["name"]

    def size(self) -> int:
        return folder_size(Path(self._folder.name))


def logistic() -> StockPipeline:
    return StockPipeline(LogisticRegressionClassifier)


def diet(epochs: int) -> StockPipeline:
    """DIET for intents alone. Stock training runs 100 epochs."""
    return StockPipeline(
        DIETClassifier, {"epochs": epochs, "entity_recognition": False, "constrain_similarities": True}
    )
