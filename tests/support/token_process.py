"""A process of its own that asks for an account's access token through the ledger, as a desk does.

    python -m tests.support.token_process DATABASE API_BASE get|renew:STALE

Prints the token once its standard input is closed, so that several can be let go in one moment.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import ClientSession

from bot.channels.registry import build_accounts
from handoff.domain.clock import SystemClock
from handoff.store.ledger import Ledger
from handoff.store.vault import Vault
from handoff.workers.channels import LedgerTokenStore
from tests.contract.conftest import ACCOUNTS
from tests.support.street import SECRET


async def main(database: str, base: str, wish: str) -> None:
    ledger = Ledger(database, Vault(SECRET))
    entry = {"name": "street", "kind": "wechat", **ACCOUNTS["wechat"]}
    channel = build_accounts([entry], {"WECHAT_API_BASE": base})["street"]
    async with ClientSession() as session:
        tokens = channel.tokens(session, LedgerTokenStore(ledger, SystemClock()))
        print("ready", flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.read)
        verb, _, stale = wish.partition(":")
        print(await (tokens.renew(stale) if verb == "renew" else tokens.token()), flush=True)  # noqa: T201
    ledger.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
