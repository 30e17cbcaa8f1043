"""/readyz says what is there, what is not, and when the bot reads less well than it could."""

from tests.support.desk import running_desk


async def ready(http, desk) -> tuple[int, dict]:
    async with http.get(f"{desk.base}/readyz") as answer:
        return answer.status, await answer.json()


async def test_readiness_says_what_the_bot_reads_by(tmp_path, database, http):
    async with running_desk(tmp_path, database) as (desk, bot):
        status, said = await ready(http, desk)
        assert (status, said["ready"], said["missing"], said["understanding"]) == (200, True, [], "whole")
        bot.understanding = "wording"  # the encoder cannot be had: messages are still read, less well
        status, said = await ready(http, desk)
        assert (status, said["ready"], said["understanding"]) == (200, True, "wording")


async def test_without_a_bot_readiness_names_what_is_missing(tmp_path, database, http):
    nobody = "http://127.0.0.1:9"
    async with running_desk(tmp_path, database, RASA_URL=nobody, ACTIONS_URL=nobody) as (desk, _):
        status, said = await ready(http, desk)
        assert (status, said["missing"], said["understanding"]) == (503, ["rasa", "actions"], None)
