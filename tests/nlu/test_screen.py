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
        ("要债的逼得我想死", "self_harm"),
        ("他们逼得我都想跳楼了", "self_harm"),
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


@pytest.mark.parametrize(
    "text",
    [
        "咨询一下关于加装电梯的补贴政策",
        "门卡刷不了电梯",
        "我的卡怎么坐不了电梯",
        "下水管道漏水漏到楼下",
        "暖气管道漏水",
        "厨房下水管道返臭味",
        "昨天停电到了半夜才来",
        "电脑中毒了",
        "手机中毒了弹广告",
        "收不到你们发的验证码 登录不了",
        "付了定金商家联系不上",
        "保安不让我出去遛狗",
        "门禁坏了不让我出去",
        "老公打我微信说快递没到",
        "他打人工电话没人接",
        "拿刀具上地铁可以吗",
        "菜刀磨刀师傅周几来",
        "孩子一个人上学过马路没红绿灯",
        "我是小学生家长",
        "我是初中老师 想反映",
        "我是青枫路小学的家长",
        "弟弟被打疫苗打了两针",
        "女儿被摸底考试难哭了",
        "孩子的学籍找不到了 怎么办",
        "火灾报警器半夜乱响",
        "火灾险怎么买",
        "烧烤摊冒黑烟",
        "楼下饭馆烟囱每天冒浓烟",
        "车堵在车位里出不来",
        "大货车堵在巷子里出不来",
        "我就想不开了凭什么垃圾费又涨",
        "我不想活在这个小区了 太吵",
        "打过电话了没人管",
        "老人把烂白菜帮子倒在路边",
        "师傅量了尺寸走了四十天就没动静",
        "他把我的车锁在地库",
        "我在船上当厨师",
        "我们好多人不上当",
        "骗子给我打电话我没上当",
        "楼顶的垃圾整袋往下扔",
        "有没有自杀干预热线的电话",
        "孩子都大了都在外地，我一个人住六楼",
        "卖家说没踢，监控里他踢我家表箱",
        "屋顶的落水管断了",
        "有人绕过电表偷电",
        "没漏电，没着火，放心",
        "消防通道天天停满，真着火谁跑得掉",
        "不想活动了，躺着真舒服",
        "证件照拍得跟通缉令似的",
        "手机老是自杀式关机",
        "扫地机器人掉阴沟头了",
        "亲自，尽快来看看",
        "灯一直乱跳，楼道黑",
        "请到楼上，吊顶漏水",
        "婴儿车锁在楼道半年了",
        "我上初二，想当志愿者",
        "消杀我们那栋楼",
        "刷单的短信怎么拉黑",
        "他打我手机没接到",
        "验证码怎么还没发给我",
        "烧炭烤肉的摊子",
        "木炭哪里买",
        "can you help me find the office",
        "my plants are going to die",
        "there is a fire drill tomorrow",
        "给摩托车油箱倒汽油漏了一地",
        "加油站倒汽油洒了",
        "农机站给收割机倒汽油",
        "制氧机租一台多少钱",
        "呼吸机停电补贴怎么申请",
        "给流浪狗下毒的人",
    ],
)
def test_words_of_danger_in_an_ordinary_matter_page_nobody(text: str) -> None:
    assert screen(text) is None


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("邻居在楼道里浇汽油", "violence"),
        ("邻居在楼道里倒汽油", "violence"),
        ("娃吃了洗衣凝珠", "emergency"),
        ("孩子误吞了个硬币", "emergency"),
        ("电动车在楼道充电 电池鼓得像个球", "emergency"),
        ("好大嘅烟呀", "emergency"),
        ("煤气阀关不上", "emergency"),
        ("制氧机停电了", "emergency"),
        ("氧气机没电了", "emergency"),
        ("呼吸机还能撑十几分钟", "emergency"),
        ("停电了我妈的呼吸机停了", "emergency"),
        ("小区有人投毒", "emergency"),
        ("卡被人刷空了", "scam"),
        ("卡里的钱被转走了", "scam"),
        ("黑车司机不让我下车", "violence"),
        ("我被绑在屋里", "violence"),
        ("我女儿割手了", "self_harm"),
        ("绳子都买好了", "self_harm"),
        ("遗书写完了", "self_harm"),
        ("楼下烧烤店着火了", "emergency"),
        ("饭店冒烟了快来人", "emergency"),
        ("孩子刚才，掉到河里去了", "emergency"),
        ("不想活在这个世上了", "self_harm"),
        ("他打过我", "violence"),
        ("人被土埋住了", "emergency"),
        ("人困电梯里", "emergency"),
        ("真着火了快来", "emergency"),
        ("把我锁屋里三天了", "violence"),
        ("我爸没反应了", "emergency"),
        ("验证码给他了", "scam"),
        ("烟囱昨天就没冒烟，喊也没人应", "emergency"),
    ],
)
def test_danger_in_other_words_is_found(text: str, trigger: str) -> None:
    found = screen(text)
    assert found is not None
    assert found.trigger == trigger


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("我想烧 炭", "self_harm"),
        ("烧 炭", "self_harm"),
        ("烧tan", "self_harm"),
        ("跳lou", "self_harm"),
        ("想tiao楼", "self_harm"),
        ("tiaolou", "self_harm"),
        ("鼠了算了", "self_harm"),
        ("似了算了", "self_harm"),
        ("上diao", "self_harm"),
        ("自s", "self_harm"),
        ("救ming", "emergency"),
        ("HELP me pls", "emergency"),
        ("家里出事了🆘快点", "emergency"),
        ("I want to kill myself", "self_harm"),
        ("i want to die", "self_harm"),
        ("My husband beats me", "violence"),
        ("he hit me", "violence"),
        ("he is going to kill me", "violence"),
        ("our house is on fire", "emergency"),
        ("gas leak", "emergency"),
        ("there is a fire", "emergency"),
        ("I can't breathe", "emergency"),
        ("the elevator is stuck and my mother is inside", "emergency"),
    ],
)
def test_no_model_overrules_a_disguised_or_foreign_cry(text: str, trigger: str) -> None:
    found = screen(text)
    assert found is not None
    assert (found.trigger, found.always) == (trigger, True)


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


@pytest.mark.parametrize("text", ["在老公", "孩子", "电梯里", "想从楼", "□", "老人", "，。", "我困", "塌", "elevator "])
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
