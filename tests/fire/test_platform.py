"""The platform is slow, errs or repeats itself; two desks get one message: each text arrives, in order."""

import asyncio
import itertools

from aiohttp import web
from sqlalchemy import text

from tests.support.processes import running
from tests.support.town import HALF_WRITTEN, rows, until_all_is_done

RESIDENTS = 12
ILLNESSES = (
    lambda: web.json_response({"errcode": -1, "errmsg": "system busy"}),
    lambda: web.Response(status=502, text="<html>bad gateway</html>", content_type="text/html"),
    lambda: web.json_response({"errcode": 45011, "errmsg": "api minute-quota reach limit"}),
    lambda: web.Response(text="not json", content_type="application/json"),
)


async def test_texts_arrive_in_order_however_the_platform_errs(fire, http):
    platform, illness = fire.town.platform, itertools.cycle(ILLNESSES)
    left = RESIDENTS

    async def errs():
        nonlocal left
        await asyncio.sleep(0.02)
        left -= 1
        return next(illness)() if left >= 0 else None

    platform.before = errs
    desk = fire.desk()
    async with running(http, fire.bot, desk):
        senders = [f"o-{number}" for number in range(RESIDENTS)]
        await asyncio.gather(*(fire.town.says([desk.base], "mini", sender, "路灯坏了") for sender in senders))
        await asyncio.gather(*(fire.town.says([desk.base], "mini", sender, "停车太乱") for sender in senders))
        await until_all_is_done(fire.engine)
    for sender in senders:
        first, second = platform.texts(sender)
        assert "路灯照明" in first
        assert "停车管理" in second


async def test_a_text_arrives_once_and_counts_as_sent_where_the_platform_knows_its_key_however_its_answer_is_lost(
    fire, http
):
    platform, lost = fire.town.platform, 0

    async def answer_is_lost():
        nonlocal lost
        lost += 1
        return web.Response(status=504) if lost % 2 else None

    platform.after = answer_is_lost
    desk = fire.desk()
    senders = [f"o-{number}" for number in range(RESIDENTS)]
    async with running(http, fire.bot, desk):
        await asyncio.gather(*(fire.town.says([desk.base], "kf", sender, "路灯坏了") for sender in senders))
        await until_all_is_done(fire.engine)
    assert sorted(one.to for one in platform.sent) == sorted(senders)
    assert len(platform.repeated) == RESIDENTS // 2
    assert rows(fire.engine, "SELECT DISTINCT state FROM outbox") == [("sent",)]
    assert rows(fire.engine, "SELECT kind FROM tasks") == []


async def test_what_the_platform_delivers_again_and_again_is_stored_and_answered_once(fire, http):
    desks = [fire.desk() for _ in range(1 if fire.engine.dialect.name == "sqlite" else 2)]
    side = fire.town.sides["mini"]
    async with running(http, fire.bot, *desks):
        for number in range(30):
            callback = side.text(f"o-{number % 3}", f"第{number}件：路灯坏了")
            repeats = [
                fire.town.deliver(desk.base, "mini", side.again(callback))
                for desk in desks
                for _ in range(6 // len(desks))
            ]
            assert set(await asyncio.gather(*repeats)) == {200}
            await fire.town.platform.until(lambda number=number: len(fire.town.platform.sent) > number)
        await until_all_is_done(fire.engine)
    with fire.engine.connect() as connection:
        said = connection.execute(text("SELECT count(*) FROM messages WHERE sender = 'resident'")).scalar_one()
        answered = connection.execute(text("SELECT count(*) FROM messages WHERE sender = 'bot'")).scalar_one()
    assert (said, answered, len(fire.town.platform.sent)) == (30, 30, 30)
    assert rows(fire.engine, HALF_WRITTEN) == []
