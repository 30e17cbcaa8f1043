"""What a client may send in any shape is bounded before it is kept for good, and the refusal names the field."""

import pytest

from handoff.web.body import LONGEST_NAME, LONGEST_TEXT, MOST_TEXTS
from tests.support.desk import Resident

CASE = {"type": "求助", "category": "C0406", "description": "路灯坏了"}


@pytest.fixture
async def step(desk):
    """Takes a step with a case; gives (status, answer)."""
    await desk.add_user("wang")
    async with desk.logged_in("wang") as wang:
        number = (await wang.post("/api/cases", **CASE))[1]["number"]

        async def take(data):
            return await wang.post(f"/api/cases/{number}/events", kind="note", text="已核实", data=data)

        yield take


@pytest.mark.parametrize(
    "data",
    [
        {"unit": "长" * (LONGEST_TEXT + 1)},
        {"名" * (LONGEST_NAME + 1): "一"},
        {f"第{number}项": "一" for number in range(MOST_TEXTS + 1)},
        {"unit": {"name": "市政公司"}},
        ["市政公司"],
        "市政公司",
    ],
    ids=["long text", "long name", "many", "no text", "list", "no object"],
)
async def test_the_data_of_a_step_are_a_few_short_texts(step, data):
    status, refusal = await step(data)
    assert (status, refusal["code"], refusal["field"]) == (400, "bad_input", "data")


async def test_a_few_short_texts_are_kept_as_they_are(step, desk):
    data = {f"第{number}项": "长" * LONGEST_TEXT for number in range(MOST_TEXTS)}
    status, case = await step(data)
    assert status == 200
    (*_, noted) = await desk.ledger.read(lambda tx: tx.cases.events(case["number"]))
    assert noted["data"] == data


async def test_the_choice_a_page_names_is_as_short_as_the_desk_made_it(desk, http):
    resident = await Resident.arrives(desk.base, http)
    body = {"session": resident.session, "message_id": "1", "text": "对", "menu_id": "长" * 129}
    async with http.post(f"{desk.base}/channels/web/messages", json=body) as answer:
        assert (answer.status, (await answer.json())["field"]) == (400, "menu_id")
