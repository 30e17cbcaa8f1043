"""What the desk understands by itself: whole sentences only, never a guess."""

import pytest

from handoff.service.desk_words import DeskWord, read

PHONE = "19900000000"


@pytest.mark.parametrize(
    "text",
    [
        "给我回个电话，{}", "请给我回个电话 电话{}", "能不能给我打个电话？我的号码是{}", "{}，麻烦打电话给我", "请回电{}",
        "打个电话给我 我手机{}", "您好，希望工作人员回个电话，谢谢。{}",
    ],
)  # fmt: skip
def test_a_wish_for_a_call_with_its_number(text):
    assert read(text.format(PHONE)) == DeskWord("call", PHONE)


@pytest.mark.parametrize("text", ["给我回个电话", "能打电话吗？", "让人给我回个电话吧", "打电话给我，谢谢"])
def test_a_wish_for_a_call_without_a_number(text):
    assert read(text) == DeskWord("call")


@pytest.mark.parametrize(
    "text",
    [
        "物业说给我回电话一直没回", "12345已经打过电话了", "你们给我打电话了吗", "电话", "我打电话了", "电话多少",
        "他们打电话骚扰我", f"我电话{PHONE}", f"{PHONE}这个号码是骗子", "回电话的人态度不好",
    ],
)  # fmt: skip
def test_talk_about_calls_is_no_wish_for_one(text):
    assert read(text) is None


def test_what_else_was_said_is_left_to_whoever_has_the_conversation():
    assert read(f"路灯坏了三天，给我回个电话 {PHONE}") == DeskWord("call", PHONE, whole=False)


def test_a_bare_number_counts_only_once_it_was_asked_for():
    assert read(PHONE) is None
    assert read(f"打{PHONE}", "phone") == DeskWord("call", PHONE)
    assert read(f"路灯坏了 {PHONE}", "phone") is None


@pytest.mark.parametrize(
    "text",
    [
        "现在谁在处理", "到底是谁在管我的事啊？", "你是真人吗", "你们是不是机器人", "是人工在回复吗", "喂，是人吗", "你是人还是机器人？",
        "现在是机器人还是真人", "这边是自动回复吧",
    ],
)  # fmt: skip
def test_who_is_there_may_be_asked_in_many_words(text):
    assert read(text) == DeskWord("who")


@pytest.mark.parametrize(
    "text", ["人工", "转人工", "真人", "我不是机器人", "是人都受不了", "你是人吗你，这么办事", "谁在处理垃圾"]
)
def test_what_only_names_a_person_or_a_machine_does_not_ask_who_is_there(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("不用人工了。", "leave"), ("现在谁在处理？", "who"), ("不用回电话了", "no_call"), ("别打电话了", "no_call"),
        ("关联账号", "link"), ("取消关联", "unlink"), ("关联 1234 5678", "link_code"), ("关联码：12345678", "link_code"),
    ],
)  # fmt: skip
def test_the_other_words(text, kind):
    assert read(text).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "不用转人工了", "取消转人工", "回到机器人", "继续问机器人", "不等了", "不排队了", "帮我取消吧，不用了",
        "我改主意了，不想找人了", "不找人了", "算了不等了", "不用转了", "算了，不用找人工了，谢谢", "帮我取消排队吧",
        "那就不转人工了", "改主意了，取消人工",
    ],
)  # fmt: skip
def test_who_no_longer_wants_a_person_may_say_so_in_many_words(text):
    assert read(text) == DeskWord("leave")


@pytest.mark.parametrize(
    "text",
    [
        "不用了", "算了", "算了，不用了", "帮我取消吧", "我改主意了", "帮我取消预约吧", "等不了了", "我不等了吗", "为什么不找人了",
        "不用转了吗", "物业不找人了", "你们怎么不用人工了", "不找人了我就去上访", "不想活了",
    ],
)  # fmt: skip
def test_what_only_sounds_like_leaving_keeps_the_place_in_the_queue(text):
    assert read(text) is None


@pytest.mark.parametrize("text", ["", "？？？", "关联1234567", "人工", "我不等了吗"])
def test_anything_else_is_nothing(text):
    assert read(text) is None
