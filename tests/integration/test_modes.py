"""An account in plain, compatible or secure mode (明文、兼容、安全), called as its platform calls it, through the real desk."""

import pytest
import yaml

from bot.channels.platform import platform_for
from bot.channels.registry import build_accounts
from tests.contract.conftest import ACCOUNTS
from tests.support.desk import running_desk

MODES = ("plain", "compatible", "secure")
ENTRIES = [{"name": mode, "kind": "wechat", **ACCOUNTS["wechat"], "mode": mode} for mode in MODES]
WORDS = "幸福小区3号楼的路灯坏了三天了"


@pytest.fixture
async def desk(tmp_path, database):
    (tmp_path / "channels.yml").write_text(yaml.safe_dump(ENTRIES), encoding="utf-8")
    async with running_desk(tmp_path, database) as (running, _):
        yield running


@pytest.fixture
def sides():
    return {name: platform_for(channel) for name, channel in build_accounts(ENTRIES, {}).items()}


async def call(desk, http, account, callback):
    url = f"{desk.base}/channels/wechat/{account}"
    async with http.post(url, params=callback.query, data=callback.body) as answer:
        return answer.status, await answer.text()


async def stored(desk, account):
    found = await desk.ledger.read(lambda tx: tx.conversations.find(account, "o-resident"))
    return found and [m.text for m in await desk.ledger.read(lambda tx: tx.messages.after(found.id, 0))][:1]


@pytest.mark.parametrize("mode", MODES)
async def test_a_message_is_stored_and_answered_in_the_mode_of_its_account(desk, http, sides, mode):
    callback = sides[mode].text("o-resident", WORDS)
    assert (WORDS.encode() in callback.body, b"Encrypt" in callback.body) == (mode != "secure", mode != "plain")
    status, answer = await call(desk, http, mode, callback)
    assert status == 200
    assert ("Encrypt" in answer) == (mode != "plain")
    assert "路灯照明" in sides[mode].read_reply(answer)["Content"]
    assert await stored(desk, mode) == [WORDS]


async def test_an_account_that_demands_encryption_takes_no_plain_body(desk, http, sides):
    """Compatible mode is for moving from one to the other, and takes either."""
    found = {mode: await call(desk, http, mode, sides["plain"].text("o-resident", WORDS)) for mode in MODES}
    assert {mode: status for mode, (status, _) in found.items()} == {"plain": 200, "compatible": 200, "secure": 403}
    assert await stored(desk, "secure") is None


@pytest.mark.parametrize("mode", MODES)
async def test_no_mode_takes_what_the_platform_did_not_sign(desk, http, sides, mode):
    callback = sides[mode].text("o-resident", WORDS)
    for name in ("signature", "msg_signature"):
        if name in callback.query:
            callback.query[name] = "0" * 40
    assert (await call(desk, http, mode, callback))[0] == 403
    assert await stored(desk, mode) is None
