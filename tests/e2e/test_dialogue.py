"""What residents say and what they hear, with the real three processes: each conversation through the web page's channel."""

import re
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar

from tests.support.databases import fresh_database
from tests.support.desk import PASSWORD, Console, Resident
from tests.support.whole import add_user, running_processes

NUMBER = re.compile(r"\d{6}-\d{5}")
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]


class Talk:
    """A resident who waits for each answer."""

    def __init__(self, resident: Resident) -> None:
        self._resident = resident

    async def says(self, words: str) -> str:
        """What the bot or the desk answers to it."""
        mine = await self._resident.says(words)
        for _ in range(20):
            heard = [m for m in await self._resident.hears(5) if m["from"] != "resident" and m["seq"] > mine]
            if heard:
                return "\n".join(message["text"] for message in heard)
        raise AssertionError(f"no answer to {words}")

    async def hears_until(self, words: str) -> str:
        return await self._resident.hears_until(words)

    async def goes(self, *lines: str) -> str:
        """Says one line after the other; the last answer."""
        for line in lines:
            answer = await self.says(line)
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dialogue")
    url = fresh_database("sqlite", folder)
    async with running_processes(folder, url, "- {name: web, kind: web}\n") as (address, environment):
        yield address, environment


@pytest_asyncio.fixture(loop_scope="module")
async def base(processes):
    return processes[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def console(processes):
    """Somebody who sees all that waits."""
    address, environment = processes
    await add_user(environment, "wang", "supervisor")
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        async with session.post(f"{address}/api/login", json={"username": "wang", "password": PASSWORD}) as answer:
            yield Console(address, session, (await answer.json())["csrf"])


async def packet_of_the_last(console) -> dict:
    """What a caseworker is shown of whoever wrote for the first time last, of those who wait."""
    _, queue = await console.get("/api/queue")
    newest = max(entry["id"] for entry in queue["waiting"])
    return (await console.get(f"/api/conversations/{newest}"))[1]


@pytest_asyncio.fixture(loop_scope="module")
async def talk(base):
    async with ClientSession() as http:
        yield Talk(await Resident.arrives(base, http))


@asynccontextmanager
async def another(base):
    async with ClientSession() as http:
        yield Talk(await Resident.arrives(base, http))


async def test_danger_in_words_that_no_rule_knows_is_heard_while_waiting(talk):
    await talk.says("转人工")
    heard = await talk.says("遗物都分好了，你们多保重，不用等我了")
    assert "110" in heard or await talk.hears_until("110")


async def test_a_person_asked_for_beside_a_matter_is_called_in_one_step(talk):
    assert "已为您转人工" in await talk.says("和平里路口垃圾堆了一周，帮我转人工")


async def test_a_report_with_a_place_has_its_number_on_the_second_message(talk):
    heard = await talk.says("桂花苑4号楼楼道灯坏了三天了，晚上摸黑上楼")
    assert "地点：桂花苑4号楼" in heard
    assert NUMBER.search(await talk.says("对"))


async def test_the_place_is_asked_once_and_not_insisted_on(talk):
    assert "什么地方" in await talk.says("路灯坏了，黑灯瞎火的")
    assert "对就回" in await talk.says("不知道")
    assert NUMBER.search(await talk.says("对的"))


async def test_the_answer_to_where_is_the_place_to_the_door(talk):
    await talk.says("我们小区电梯老是停")
    heard = await talk.says("翠湖苑2栋301")
    assert "地点：翠湖苑2栋301" in heard


async def test_a_category_is_corrected_in_words(talk):
    await talk.says("翠湖苑门口的路灯坏了三天了")
    heard = await talk.says("不是路灯，是井盖")
    assert "井盖" in heard
    assert "路灯照明" not in heard
    assert NUMBER.search(await talk.says("对"))


async def test_a_house_number_is_corrected_and_the_rest_of_the_place_stays(talk):
    await talk.says("清河家园5号楼的垃圾桶满出来了没人收")
    heard = await talk.says("不是5号楼，是6号楼")
    assert "地点：清河家园6号楼" in heard


async def test_a_building_said_alone_takes_the_place_of_the_one_that_was_heard(talk):
    assert "地点：清河家园5栋" in await talk.says("清河家园5栋的垃圾桶满出来了没人收")
    assert "地点：清河家园3栋" in await talk.says("3栋")
    assert "地点：清河家园6栋" in await talk.says("应该是6栋")


async def test_a_no_asks_what_is_wrong_and_a_second_no_brings_a_person(talk):
    await talk.says("清河家园5号楼的垃圾桶满出来了没人收")
    assert "哪里不对" in await talk.says("不对")
    assert "转人工" in await talk.says("不对")


async def test_a_person_is_one_word_away_in_the_middle_of_a_report_and_gets_what_was_said(talk):
    await talk.says("路灯坏了，黑灯瞎火的")
    heard = await talk.says("转人工")
    assert "已为您转人工" in heard
    assert NUMBER.search(heard)


async def test_a_wish_for_a_person_is_no_answer_to_where(talk):
    await talk.says("路灯坏了，黑灯瞎火的")
    assert "已为您转人工" in await talk.says("我说不清楚，转人工吧")


@pytest.mark.parametrize("lines", [["请问猫跑丢了该找哪个部门"], ["我想问下我家猫丢了", "转人工"]])
async def test_a_matter_told_after_a_registered_one_heads_the_packet(talk, console, lines):
    await talk.goes("清风小区3号楼垃圾没人收", "对")
    assert "已为您转人工" in await talk.goes(*lines)
    packet = await packet_of_the_last(console)
    assert packet["category"]["code"] != "C0301"
    assert "清风小区" not in str(packet["fields"])
    assert "C0301" in [case["category"] for case in packet["cases"]]


async def test_words_in_pieces_are_one_report_with_its_place_whole(talk):
    await talk.says("不亮了")
    heard = await talk.says("翠湖苑3号楼的路灯")
    assert "地点：翠湖苑3号楼" in heard


async def test_of_two_matters_one_for_people_brings_a_person(talk):
    heard = await talk.says("翠湖苑2栋门口的路灯坏了，另外我要申请公开小区拆迁的补偿账目")
    assert "已为您转人工" in heard


async def test_words_beside_the_number_of_a_case_are_added_to_it(talk):
    number = NUMBER.search(await talk.goes("桂花苑4号楼楼道灯坏了三天了", "对"))[0]
    await talk.goes("谢谢", "再见", "你好", "谢谢")
    heard = await talk.says(f"{number} 从昨天晚上起二楼那盏也不亮了")
    assert "补记" in heard
    assert number in heard


async def test_a_report_can_be_dropped_at_any_time(talk):
    await talk.says("路灯坏了，黑灯瞎火的")
    assert "不登记" in await talk.says("算了不报了")
    assert not NUMBER.search(await talk.says("好的"))


async def test_two_matters_become_two_cases_after_one_confirmation(talk):
    await talk.says("翠湖苑2栋门口的路灯坏了，另外电梯三天没人修了")
    heard = await talk.says("对")
    assert len(set(NUMBER.findall(heard))) == 2


async def test_three_matters_become_three_cases_after_one_confirmation(talk):
    heard = await talk.says("翠湖苑2栋门口的路灯坏了，另外电梯三天没人修了，还有楼下垃圾堆了一周没人收")
    assert "3 件事" in heard
    assert len(set(NUMBER.findall(await talk.says("对")))) == 3


@pytest.mark.parametrize(
    ("words", "right"), [("不是4号楼，是5号楼", "桂花苑5号楼"), ("地址写错了，应该是翠湖苑5栋", "翠湖苑5栋")]
)
async def test_a_place_is_set_right_in_the_case_that_was_just_registered(talk, words, right):
    number = NUMBER.search(await talk.goes("桂花苑4号楼楼道灯坏了三天了", "对"))[0]
    heard = await talk.says(words)
    assert right in heard
    assert number in heard


async def test_a_category_is_set_right_in_the_case_that_was_just_registered(talk):
    number = NUMBER.search(await talk.goes("翠湖苑门口的路灯坏了三天了", "对"))[0]
    heard = await talk.says("不是路灯，是井盖")
    assert "井盖" in heard
    assert number in heard


async def test_who_asks_whether_a_name_gets_out_is_answered_and_the_report_goes_on(talk):
    await talk.says("路灯坏了，黑灯瞎火的")
    heard = await talk.says("会不会泄露我名字")
    assert "不留名字也能登记" in heard
    assert "在哪里" in heard
    assert NUMBER.search(await talk.goes("桂花苑4号楼", "对"))


async def test_who_asks_first_whether_a_name_gets_out_is_answered_and_the_matter_taken_on(talk):
    heard = await talk.says("能匿名吗，桂花苑4号楼楼道灯坏了三天了")
    assert "不留名字也能登记" in heard
    assert "地点：桂花苑4号楼" in heard
    assert NUMBER.search(await talk.says("对"))


async def test_who_may_find_out_is_a_question_in_talk_of_an_ordinary_matter_and_a_call_alone(talk, base):
    await talk.goes("清风小区3号楼垃圾没人收", "对")
    assert "不留名字也能登记" in await talk.says("他会发现是我吗")
    async with another(base) as somebody:
        assert "已为您转人工" in await somebody.says("他会发现是我吗")


async def test_a_question_that_asks_on_is_read_with_the_one_before_it(talk):
    await talk.says("居住证怎么办")
    assert "居住证" in await talk.says("在哪办")
    assert "已为您转人工" in await talk.says("多少钱")


async def test_of_two_matters_one_can_be_dropped_in_words(talk):
    await talk.says("翠湖苑2栋门口的路灯坏了，另外电梯三天没人修了")
    heard = await talk.says("第二件不要了")
    assert "电梯" not in heard
    assert len(set(NUMBER.findall(await talk.says("对")))) == 1


async def test_progress_is_told_by_number_and_for_the_last_one(talk):
    number = NUMBER.search(await talk.goes("桂花苑4号楼楼道灯坏了三天了", "对"))[0]
    assert number in await talk.says("我上次反映的怎么样了")
    assert number in await talk.says(f"查一下{number}")
    assert "补记" not in await talk.says(f"查一下{number}办得怎么样")


async def test_the_number_of_somebody_else_tells_nothing(talk, base):
    number = NUMBER.search(await talk.goes("桂花苑4号楼楼道灯坏了三天了", "对"))[0]
    async with another(base) as stranger:
        heard = await stranger.says(f"查一下{number}")
    assert "楼道" not in heard
    assert "桂花苑" not in heard


async def test_a_question_is_answered_with_source_and_date(talk):
    heard = await talk.says("低保怎么申请")
    assert "来源：" in heard
    assert re.search(r"核对日期：\d{4}-\d{2}-\d{2}", heard)


async def test_a_question_in_the_middle_of_a_report_does_not_end_it(talk):
    await talk.says("路灯坏了，黑灯瞎火的")
    assert "来源：" in await talk.says("低保怎么申请")
    assert NUMBER.search(await talk.goes("桂花苑4号楼", "对"))


async def test_what_may_be_a_cry_in_the_middle_of_a_report_brings_a_person(talk):
    await talk.says("路灯坏了，黑灯瞎火的")
    assert "已为您转人工" in await talk.says("不好了")


async def test_a_question_and_a_matter_in_one_message_are_an_answer_and_a_case(talk):
    heard = await talk.says("低保怎么申请？另外我们楼道灯坏了")
    assert "来源：" in heard
    assert heard.count("机器人") == 1
    assert NUMBER.search(await talk.goes("桂花苑4号楼", "对"))


async def test_the_third_complaint_that_names_its_case_brings_a_person(talk):
    number = NUMBER.search(await talk.goes("桂花苑4号楼楼道灯坏了三天了", "对"))[0]
    assert "补记" in await talk.says(f"{number}楼道灯又坏了")
    heard = await talk.says(f"{number}楼道灯又坏了")
    assert "已为您转人工" in heard
    assert number in heard


async def test_who_cannot_be_understood_twice_in_a_row_is_given_to_a_person(talk):
    await talk.says("那个那个东西")
    heard = await talk.says("就那个嘛")
    assert "转人工" in heard


async def test_what_is_told_like_a_matter_and_is_none_counts_as_not_understood(talk):
    await talk.says("阿巴阿巴咕噜")
    assert "转人工" in await talk.says("呜啦呜啦哔哔")


async def asked_whether_it_is_solved(talk, console) -> str:
    """The number of a lamp's case of which the desk has asked that, with another report begun."""
    number = NUMBER.search(await talk.goes("桂花苑4号楼楼道灯坏了三天了", "对"))[0]
    await talk.says("小区垃圾没人收，都堆了一周了")
    for kind in ("accept", "propose_done"):
        assert (await console.post(f"/api/cases/{number}/events", kind=kind, text="", data={}))[0] == 200
    await talk.hears_until("解决了回复")
    return number


async def test_solved_said_in_a_report_as_the_desk_had_asked_is_recorded_and_the_report_goes_on(talk, console):
    number = await asked_whether_it_is_solved(talk, console)
    heard = await talk.says("解决了")
    assert f"编号 {number} 我记下" in heard
    assert "在哪里" in heard
    filed = NUMBER.search(await talk.goes("翠湖苑3号楼", "对"))[0]
    assert filed != number


async def test_not_solved_said_of_that_case_brings_a_person_and_the_report_is_filed_too(talk, console):
    number = await asked_whether_it_is_solved(talk, console)
    await talk.says("翠湖苑3号楼")
    assert number in await talk.says("没解决")
    cases = (await packet_of_the_last(console))["cases"]
    assert len(cases) == 2
    assert "C0301" in [case["category"] for case in cases]


async def test_whoever_says_it_is_not_solved_gets_a_person_and_the_same_case(talk):
    number = NUMBER.search(await talk.goes("桂花苑4号楼楼道灯坏了三天了", "对"))[0]
    heard = await talk.says("还没修好啊")
    assert "已为您转人工" in heard
    assert number in heard


async def test_the_first_answer_says_it_is_a_bot_and_shows_three_doors_and_the_next_does_not_again(talk):
    first = await talk.says("您好")
    assert "机器人" in first
    assert all(way in first for way in ("跟我说", "转人工", "12345"))
    assert "机器人" not in await talk.says("路灯坏了，黑灯瞎火的")


@pytest.mark.parametrize("words", ["电话与线下", "我想去窗口当面说", "你们电话多少"])
async def test_the_offline_door_is_opened_by_words(talk, words):
    heard = await talk.says(words)
    assert "12345" in heard
    assert "社区服务窗口" in heard


async def test_danger_in_the_middle_of_a_report_comes_first(talk):
    await talk.says("路灯坏了，黑灯瞎火的")
    heard = await talk.says("我不想活了，药都准备好了")
    assert any(number in heard.splitlines()[0] for number in ("110", "120", "12356"))
