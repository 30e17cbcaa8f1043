"""Personal data is found in any spelling, and masked without moving anything."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.measures import personal_data
from bot.privacy.addresses import door
from bot.privacy.illnesses import illness_within, is_illness
from bot.privacy.names import name_within
from bot.privacy.pii import before_anybody, find, mask

SENTENCES = Path(__file__).parent / "data" / "dev_personal.jsonl"
FOUND, RIGHT = 0.92, 0.95  # shares, to the letter; where an illness begins and ends, no two writers agree


def kinds(text: str) -> list[tuple[str, str]]:
    return [(pii.kind, text[pii.start : pii.end]) for pii in find(text)]


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("荷香弄22号门口", ""),
        ("荷香弄22号的201", "荷香弄22号的201"),
        ("桑园巷5号3楼", "桑园巷5号3楼"),
        ("永兴街31号之2", "永兴街31号之2"),
        ("雀巢街6号底商", ""),
        ("望江里3弄2号601", "望江里3弄2号601"),
        ("梧桐公寓1902", "梧桐公寓1902"),
        ("华庭丽都12-3-502", "华庭丽都12-3-502"),
        ("幸福小区3号楼", ""),
        ("白马河三号桥", ""),
        ("客运西站2号出口", ""),
        ("三号路跟七号路交叉口", ""),
        ("拥军路8号院", ""),
        ("地铁站3号口", ""),
        ("厂区3号门", ""),
        ("望景里3号门消防通道", ""),
        ("书香雅苑2号电梯", ""),
        ("槿花巷17-2", "槿花巷17-2"),
    ],
)
def test_an_address_reaches_to_the_door_and_no_further(place: str, address: str) -> None:
    assert place[: door(place, 0, len(place))] == address


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("停了三天 丰泽园6-2-301 尚佳慧", [("address", "丰泽园6-2-301"), ("name", "尚佳慧")]),
        ("大沙坪村 干明礼", [("name", "干明礼")]),
        ("社区查书记让我等", [("name", "查书记")]),
        ("锦绣里3-702 15000000618", [("address", "锦绣里3-702"), ("phone", "15000000618")]),
        ("帮我看看 谢谢", []),
        ("没水 干着急", []),
        ("松岗路二号口那儿", []),
        ("羊奶粉说能治糖尿病", []),
        ("打13300000012关机", [("phone", "13300000012")]),
        ("榆树村三四十号人闹肚子", []),
        ("施工队把我妈卫生间的砖撬坏了", []),
        ("我妈管理费，还要交吗", []),
        ("这栋楼1988年9月建的", []),
        ("我叫昝小满，想问个事", [("name", "昝小满")]),
        ("我公公闻人立，腿断了", [("name", "闻人立")]),
        ("我先生叫 Peter O'Hara，人在国外", [("name", "Peter O'Hara")]),
        ("名字 Anna Sidorova 要登记吗", [("name", "Anna Sidorova")]),
        ("我叫 wifi 密码改了", []),
        ("“孙大圣修车”把水往路上冲", []),
        ("“孙大圣”把水往路上冲我叫孙大圣。", [("name", "孙大圣")]),
        ("他说“王大爷摔倒了”", [("name", "王大爷")]),
        ("赵师傅水电维修是连锁店吧", []),
        ("陈氏太极拳班改到几点", []),
        ("所有糖尿病、高血压慢病户都打折吗", []),
    ],
)
def test_what_stands_behind_a_blank_begins_anew(text: str, found: list[tuple[str, str]]) -> None:
    assert kinds(text) == found


@pytest.mark.parametrize(
    ("words", "illness"),
    [
        ("肝癌做", "肝癌"),
        ("高血压二十来年", "高血压"),
        ("半瘫咯", "半瘫咯"),
        ("瘫在床上八年", "瘫在床上"),
        ("脑梗后遗症", "脑梗后遗症"),
        ("骨折", "骨折"),
    ],
)
def test_an_illness_ends_where_the_sentence_goes_on(words: str, illness: str) -> None:
    start, end = illness_within(words)
    assert words[start:end] == illness


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("打13800001234找我", "phone", "13800001234"),
        ("打１３８００００１２３４找我", "phone", "１３８００００１２３４"),
        ("电话 138 0000 1234", "phone", "138 0000 1234"),
        ("138-0000-1234", "phone", "138-0000-1234"),
        ("幺三八零零零零幺二三四打这个", "phone", "幺三八零零零零幺二三四"),
        ("身份证99010119900307123X", "id_card", "99010119900307123X"),
        ("证件号 990101 19900307 1234", "id_card", "990101 19900307 1234"),
        ("卡号6222 0000 1234 5678 901", "bank_card", "6222 0000 1234 5678 901"),
        ("苏A·12345占了车位", "plate", "苏A·12345"),
        ("沪AD12345天天违停", "plate", "沪AD12345"),
        ("加微信 abc_12345", "wechat", "abc_12345"),
        ("邮箱 someone@example.com", "email", "someone@example.com"),
        ("护照E12345678丢了", "passport", "E12345678"),
        ("1952年3月6日出生", "birth", "1952年3月6日"),
        ("三楼的王大爷摔了", "name", "王大爷"),
        ("我叫张建国", "name", "张建国"),
        ("我妈有糖尿病", "health", "糖尿病"),
        ("电话13900006150，一直没人接", "phone", "13900006150"),
        ("家属电话 13200007714 一直打不通", "phone", "13200007714"),
        ("+86 131 0000 6675 请回电", "phone", "+86 131 0000 6675"),
        ("晚上打 0571-00002046", "phone", "0571-00002046"),
        ("我家座机(0734)0000521", "phone", "(0734)0000521"),
        ("住虎踞里6-401，13700009910", "phone", "13700009910"),
        ("工资卡 6210-9800-0034-1122-086 三个月没进账", "bank_card", "6210-9800-0034-1122-086"),
        ("我奶奶五三年腊月初八生", "birth", "五三年腊月初八"),
        ("护照号码 P00004429", "passport", "P00004429"),
        ("车牌鲁Q零零零零七", "plate", "鲁Q零零零零七"),
        ("和平路18号院2号楼4单元101没暖气", "address", "和平路18号院2号楼4单元101"),
        ("书香名邸二期9-1-1504漏水", "address", "书香名邸二期9-1-1504"),
        ("住丽景嘉园八栋三零二", "address", "丽景嘉园八栋三零二"),
        ("梧桐街12号的杜大妈", "address", "梧桐街12号"),
        ("孩子魏小凡2019年出生", "name", "魏小凡"),
        ("代我爸段永安问一声", "name", "段永安"),
        ("张磊 15200001190 汪静 15200001193", "name", "汪静"),
        ("找那个小马，说好今天来", "name", "小马"),
        ("上个月的信，落款费庆丰", "name", "费庆丰"),
        ("我罗小满，材料交了三回", "name", "罗小满"),
        ("想装扶手，林秋娣，望江里3弄2号601", "name", "林秋娣"),
        ("承包给了书记小舅子夏长根，没招标", "name", "夏长根"),
        ("我哥成建民的腿摔了", "name", "成建民"),
        ("方老师打着伞送孩子", "name", "方老师"),
        ("护照在身，闻人晓雪", "name", "闻人晓雪"),
        ("找乔师母就行", "name", "乔师母"),
        ("修灯的小郗师傅真细心，小滕师傅也好", "name", "小滕师傅"),
        ("我是晚报的裴记者", "name", "裴记者"),
        ("发我邮箱lei_m@example.cn，段芮", "name", "段芮"),
        ("回电13500000408谈女士", "name", "谈女士"),
        ("婆婆瘫在床上八年了", "health", "瘫在床上"),
        ("我奶卧床三年", "health", "卧床"),
        ("马大爷和石大哥都同意", "name", "马大爷"),
        ("生日登记错了，应该是1968年2月29日", "birth", "1968年2月29日"),
        ("丈母娘双侧股骨头坏死", "health", "双侧股骨头坏死"),
        ("余款没退，纪女士19900001608", "name", "纪女士"),
        ("翟奶奶一个人住", "name", "翟奶奶"),
        ("户名蒯长根，怎么改", "name", "蒯长根"),
        ("我卖豆腐的老伍13600005527", "name", "老伍"),
        ("联系她吧，方文丽一八二零零零零四四七六", "name", "方文丽"),
        ("开个证明，沙凤英，1952年10月6日的，行不", "birth", "1952年10月6日"),
    ],
)
def test_personal_data_is_found(text: str, kind: str, value: str) -> None:
    assert (kind, value) in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "订单号202311150000123456还没到",
        "水费138.5元",
        "2023年11月6日停的水",
        "工单20240101000012",
        "12345打不通",
        "3号楼2单元停电",
        "每月1500块",
        "3、4、5、6、7、8、9号楼都停电",
        "2024/11/06 08:30到10:15停水",
        "型号0000521的水表",
    ],
)
def test_an_ordinary_number_is_not_personal(text: str) -> None:
    hard = {"phone", "id_card", "bank_card", "passport", "birth", "plate"}
    assert not hard & {kind for kind, _ in kinds(text)}


@pytest.mark.parametrize(
    ("text", "found", "place"),
    [
        ("约了人。榆荫里19号楼302聂小姐", "榆荫里19号楼302聂小姐", "榆荫里19号楼302"),
        ("菱塘村二组9号13400009102快来", "菱塘村二组9号13400009102", "菱塘村二组9号"),
        ("盐仓巷88号1502，尤先生", "盐仓巷88号1502，尤先生", "盐仓巷88号1502"),
        ("王大爷家门口", "王大爷家门口", "王大爷家门口"),
        ("清风小区3号楼，尤先生", "清风小区3号楼", "清风小区3号楼"),
    ],
)
def test_a_place_ends_before_whoever_stands_behind_it(text: str, found: str, place: str) -> None:
    start = text.index(found)
    assert text[start : before_anybody(text, start, start + len(found))] == place


def test_a_mask_keeps_length_and_the_rest() -> None:
    text = "我叫张建国，电话13800001234，路灯坏了"
    masked = mask(text)
    assert len(masked) == len(text)
    assert "张建国" not in masked and "1380" not in masked and masked.endswith("路灯坏了")


def test_only_the_kinds_asked_for_are_masked() -> None:
    assert mask("王大爷13800001234", kinds={"phone"}) == "王大爷" + "＊" * 11


@given(st.text(alphabet=st.characters(blacklist_categories=()), max_size=300))
def test_any_text_can_be_masked(text: str) -> None:
    assert len(mask(text)) == len(text)


@given(st.text(alphabet="0123456789零幺 -号楼路x省苏A京·@.在我叫张王", max_size=200))
def test_spans_are_in_order_and_apart(text: str) -> None:
    found = find(text)
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))


@pytest.mark.parametrize("piece", ["1 ", "幸福小区3号楼", "在", "住路", "a@", "京A", "一二三", "王", "微信"])
def test_a_long_text_is_searched_to_its_end_in_time(piece: str) -> None:
    text = piece * (100_000 // len(piece)) + "，电话13800001234"
    began = time.thread_time()
    masked = mask(text)
    assert time.thread_time() - began < 5
    assert not masked.endswith("1234")


@pytest.mark.parametrize(
    ("marked", "name"),
    [
        ("董师傅大半夜", "董师傅"),
        ("欧阳兰”", "欧阳兰"),
        ("“李会计”", "李会计"),
        ("小秦姑娘", "小秦姑娘"),
        ("赵桂芳", "赵桂芳"),
        ("”", ""),
    ],
)
def test_a_name_ends_with_its_title_and_without_quotes(marked: str, name: str) -> None:
    start, end = name_within(marked)
    assert marked[start:end] == name


@pytest.mark.parametrize(
    "text",
    [
        "我爸高血压，药贵",
        "我是余家湾的",
        "儿子毕业后，没工作",
        "老王烧烤油烟大",
        "周大福买的镯子",
        "我高高兴兴，来办证",
        "家里没人，马上回，138弄",
    ],
)
def test_what_only_begins_like_a_name_is_none(text: str, reader) -> None:
    assert [p for p in reader.read(text)["pii"] if p["kind"] == "name"] == []


def test_personal_data_is_found_in_sentences_of_another_writer(reader) -> None:
    rows = [json.loads(line) for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    found, missed, extra = personal_data([(row, reader.read(row["text"])) for row in rows])
    assert found / (found + missed) >= FOUND
    assert found / (found + extra) >= RIGHT


@pytest.mark.parametrize("words", ["两周了同学", "限两张我妈", "唱完钱归队长", "谢谢老师", "收的钱总是不够"])
def test_words_that_run_into_a_title_are_no_name(words: str) -> None:
    assert [kind for kind, _ in kinds(words) if kind == "name"] == []


def test_a_passing_ailment_points_to_nobody() -> None:
    assert not is_illness("心脏不好")
    assert is_illness("尿毒症")
