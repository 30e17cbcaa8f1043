"""What Rasa may remember of a message: no name and no door, wherever they stand in what was parsed."""

import json

from bot.privacy.tracker import without_names

WORDS = "尹长根家漏到我家，桂花弄5号，不是尹长根是尹长贵"


def parsed() -> dict:
    def at(words: str) -> list[int]:
        return [WORDS.index(words), WORDS.index(words) + len(words)]

    asserted = {"pii": [{"kind": "name", "span": [0, 3]}], "spans": [{"kind": "name", "text": "尹长贵"}]}
    return {
        "text": WORDS,
        "entities": [{"entity": "name", "value": "尹长根"}, {"entity": "place", "value": "桂花弄5号"}],
        "understanding": {
            "pii": [{"kind": "name", "span": at("尹长根")}, {"kind": "address", "span": at("桂花弄5号")}],
            "place": {"text": "桂花弄5号", "start": 9, "end": 14},
            "spans": [{"kind": "health", "text": "骨折"}],
            "correction": {"denied": "尹长根", "asserted": "尹长贵", "asserted_read": asserted},
        },
    }


def test_rasa_remembers_no_name_that_the_reader_found() -> None:
    kept, text = without_names(parsed(), WORDS)
    everything = json.dumps(kept, ensure_ascii=False) + text
    assert "尹长" not in everything
    assert len(text) == len(kept["text"]) == len(WORDS)


def test_of_an_address_only_the_door_is_hidden_and_an_illness_stays() -> None:
    kept, text = without_names(parsed(), WORDS)
    assert kept["understanding"]["place"]["text"] == "桂花弄＊号"
    assert "桂花弄＊号" in text
    assert kept["understanding"]["spans"] == [{"kind": "health", "text": "骨折"}]


def test_what_points_to_nobody_stays_as_it_is() -> None:
    lamp = {"text": "路灯坏了", "understanding": {"pii": [], "place": None}}
    assert without_names(lamp, "路灯坏了") == (lamp, "路灯坏了")
