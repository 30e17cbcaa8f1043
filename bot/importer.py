"""Reads the corpus from disk once for a training. Rasa's own importer is asked three times and reads anew each time."""

from functools import cached_property

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData


class ReadOnce(RasaFileImporter):
    """Named in config.yml under `importers`."""

    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        return self._nlu_data

    @cached_property
    def _nlu_data(self) -> TrainingData:
        return super().get_nlu_data()
