"""The one Rasa component of the pipeline: reads a message once and sets intent, entities and `understanding`."""

import logging
import os
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import sources
from bot.boundary.policy import POLICY_FILE
from bot.nlu.questions import SMALL_TALK
from bot.nlu.reader import Reader
from bot.nlu.spans import Span
from bot.nlu.training import Example, train, train_on

logger = logging.getLogger(__name__)
UNDERSTANDING = "understanding"
# Besides the annotated sentences, which Rasa compares itself.
MADE_FROM = ("bot/nlu", "bot/normalize.py", "nlu_data/jieba", "nlu_data/encoder", "requirements.lock")


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=True,
)
class Understanding(GraphComponent, IntentClassifier):
    # Whether the model that was loaded last learned what sentences mean; one that was trained without the encoder did not.
    knows_meanings = True

    def __init__(
        self, storage: ModelStorage, resource: Resource, reader: Reader | None = None, learn_on: bool = False
    ) -> None:
        self._storage = storage
        self._resource = resource
        self._reader = reader
        self._learn_on = learn_on

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Understanding":
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "Understanding":
        if execution_context.is_finetuning:  # what was learned lies where it is learned on
            return cls(model_storage, resource, learn_on=True)
        with model_storage.read_from(resource) as folder:
            reader = Reader(folder, os.environ.get("BOUNDARY_FILE") or POLICY_FILE)
        cls.knows_meanings = reader.classifier.meanings is not None
        return cls(model_storage, resource, reader)

    @staticmethod
    def required_packages() -> list[str]:
        # Rasa looks each of these up both as a module and as a distribution.
        return ["jieba", "opencc"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """What the component is besides this class: without it Rasa would reuse what older code has learned."""
        return sources.fingerprint(MADE_FROM)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example_of(message) for message in training_data.intent_examples if message.get(TEXT)]
        with self._storage.write_to(self._resource) as folder:
            added = train_on(examples, folder) if self._learn_on else None
            if added is None:
                train(examples, folder)
        logger.info("understanding.trained sentences=%d added=%s", len(examples), "all" if added is None else added)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            # Buttons send /affirm and the like: Rasa reads those itself, after this component.
            if text and not text.startswith(INTENT_MESSAGE_PREFIX):
                self._set(message, self._reader.read(text))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _set(self, message: Message, understood: dict[str, Any]) -> None:
        act = understood["act"]
        message.set(INTENT, {"name": act["name"], "confidence": act["confidence"]}, add_to_output=True)
        message.set(INTENT_RANKING_KEY, act["ranking"], add_to_output=True)
        # For `rasa test nlu`, which tells by tokens how well spans were found.
        message.set(TOKENS_NAMES[TEXT], [Token(char, place) for place, char in enumerate(message.get(TEXT))])
        message.set(ENTITIES, [_entity(span) for span in understood["spans"]], add_to_output=True)
        message.set(UNDERSTANDING, understood, add_to_output=True)


def _entity(span: dict[str, Any]) -> dict[str, Any]:
    return {
        "entity": span["kind"],
        "value": span["text"],
        "start": span["start"],
        "end": span["end"],
        "extractor": Understanding.__name__,
    }


def example_of(message: Message) -> Example:
    """The labels of a training sentence: Rasa keeps a block's metadata under metadata.intent."""
    labels = (message.get("metadata") or {}).get("intent") or {}
    spans = tuple(Span(e["entity"], e["start"], e["end"]) for e in message.get(ENTITIES) or ())
    return Example(
        text=message.get(TEXT),
        act=message.get(INTENT),
        category=labels.get("category", SMALL_TALK["category"]),
        type=labels.get("type", SMALL_TALK["type"]),
        trigger=labels.get("trigger"),
        urgent=bool(labels.get("urgent")),
        by_the_way=bool(labels.get("trigger") or labels.get("lookalike")),
        spans=spans,
    )
