"""Life-safety rules: split, misspelt and whispered danger is heard; sayings are not taken at their word."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.boundary.screen import RulesError, parse, rules, screen
from bot.normalize import normalize


@pytest.mark.parametrize(
    "text",
    [
        "自杀",
        "自 杀",
        "自-杀",
        "自。杀",
        "自*杀",
        "自\u200b杀",
        "zisha",
        "zi sha",
        "ZI-SHA",
        "祭掉自己",
        "自殺",
        "自鲨",
    ],
)
def test_a_split_danger_word_is_still_heard(text: str) -> None:
    found = screen(f"我想{text}")
    assert found is not None
    assert (found.trigger, found.priority) == ("self_harm", "P0")


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("办身份证要几天，我刚看见楼上有人要跳楼", True),
        ("对面天台有个姑娘坐着想跳下去", True),
        ("桥上那个大爷说要跳河", True),
        ("听说去年有人要跳楼，后来栏杆加高了没有", False),
        ("天台演练有人要跳楼的环节几点开始", False),
        ("有人要跳楼，已经劝下来了", False),
    ],
)
def test_no_model_overrules_who_sees_somebody_about_to_jump(text: str, counts: bool) -> None:
    found = screen(text)
    assert bool(found and found.always) is counts


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("电梯里困了两个人", "emergency"),
        ("電梯困咗人啊", "emergency"),
        ("隔壁着火了", "emergency"),
        ("家里一股煤气味", "emergency"),
        ("救", "emergency"),
        ("出事了", "emergency"),
        ("我老公昨晚又打我了", "violence"),
        ("刚才把验证码给了那个客服", "scam"),
        ("孩子被老师打了", "minor"),
        ("娃丢了个把小时了", "minor"),
        ("孩子丢了一个多钟头", "minor"),
        ("不想活了", "self_harm"),
        ("我家房子漏水没人管我真想死了算了", "self_harm"),
        ("俺爹喝了除草剂咋整", "emergency"),
        ("我娃误吞了电池", "emergency"),
        ("隔壁嫂子吃了耗子药，快点", "emergency"),
        ("我喝了农药", "self_harm"),
        ("我妈糊涂了，早上出门到现在没回家", "emergency"),
        ("爷爷走丢了", "emergency"),
        ("我老伴有痴呆，找了一上午没找着", "emergency"),
    ],
)
def test_danger_is_found_without_a_model(text: str, trigger: str) -> None:
    found = screen(text)
    assert found is not None
    assert found.trigger == trigger


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("我家着火了，快来人，谢谢", "emergency"),
        ("我家着火了快来人谢谢", "emergency"),
        ("电梯里困了两个人，请快来，谢谢！", "emergency"),
        ("我爸晕倒了叫不醒，谢谢你们快来", "emergency"),
        ("孩子掉河里了，快来救人，感谢", "emergency"),
        ("着火了！要是烧到隔壁怎么办", "emergency"),
        ("着火了要是烧到隔壁怎么办", "emergency"),
        ("上次来过电工，现在插座着火了", "emergency"),
        ("去年装的燃气表，现在一股煤气味", "emergency"),
        ("我爷爷走丢了，家里的狗也跟着跑了", "emergency"),
        ("我娃误吞了电池，电视上说要催吐", "emergency"),
        ("我被骗了，对方冒充反诈中心让我转了五万", "scam"),
        ("社区也宣传过，可我还是被骗了三万", "scam"),
        ("看了部电影，我也不想活了", "self_harm"),
        ("社区有讲座，可我老公昨晚又打我了", "violence"),
    ],
)
def test_thanks_or_another_matter_beside_a_cry_do_not_silence_it(text: str, trigger: str) -> None:
    found = screen(text)
    assert found is not None
    assert found.trigger == trigger


@pytest.mark.parametrize(
    "text",
    [
        "如果家里着火了怎么办",
        "上个月楼道着火，墙到现在还是黑的",
        "爷爷走丢了，后来找到了，谢谢大家",
        "厨房着火了，火已经灭了，想问问保险",
        "明天消防演练，会冒浓烟，大家别怕",
        "表扬消防队，我家着火他们五分钟就到",
        "想听怎么防冒充客服的讲座",
        "反诈中心管不管刷单",
        "家暴法律知识竞赛的二维码失效了，麻烦重发",
        "妇联那个反家暴图片展办得好",
        "冒充客服那出小品演得真好",
        "想学心肺复苏哪天有人晕倒我也好搭把手",
        "孩子把学生公交卡弄丢了，在哪补",
        "暑假大人要上班，孩子没人带，托管班几号报名",
        "月季砍得七零八落，跟拿刀劈过一样",
        "烧料烧得人嗓子冒烟",
        "秧苗干得冒烟",
        "荷叶桥南头塌了个小坑",
        "房本能只写孩子一个人名字吗",
    ],
)
def test_what_is_over_or_only_talked_of_is_no_cry(text: str) -> None:
    assert screen(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "这破路灯快把我气死了",
        "打死一只蚊子",
        "我要被热死了",
        "笑死我了",
        "孙女一年没回来，想死我了",
        "昨天打死了几只蟑螂",
        "紫砂壶摔了能赔吗",
        "楼下跳广场舞太吵",
        "救助站电话是多少",
        "年底清仓跳楼价是不是骗人的广告牌",
        "孩子丢了个书包在图书馆",
        "忙得脚底板都着火了",
    ],
)
def test_a_saying_is_not_an_emergency(text: str) -> None:
    found = screen(text)
    assert found is None or found.priority != "P0"


@given(st.text(alphabet=st.characters(blacklist_categories=()), max_size=400))
def test_no_text_breaks_the_rules(text: str) -> None:
    screen(text)


def test_an_ordinary_message_takes_less_than_a_millisecond() -> None:
    folded = normalize("幸福小区3号楼的路灯坏了三天了，晚上黑灯瞎火的没人管，老人摔了好几跤了")
    rules()
    began = time.thread_time()
    for _ in range(100):
        screen(folded)
    assert (time.thread_time() - began) / 100 < 0.001


@pytest.mark.parametrize("text", ["在老公", "孩子", "电梯里", "想从楼", "□", "老人"])
def test_a_hostile_repetition_is_bounded(text: str) -> None:
    began = time.thread_time()
    screen(text * (100_000 // len(text)))
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    "text", ["", "rules: []", "sayings: ['(']\nrules: []", "sayings: [a]\nrules: [{id: x, trigger: nothing, any: [a]}]"]
)
def test_broken_rules_are_refused(text: str) -> None:
    with pytest.raises(RulesError):
        parse(text)
