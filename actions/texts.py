"""What the bot says: plain, warm, at most 40 characters a sentence, no persuasion, no promise."""

from __future__ import annotations

from typing import Any

from .proposal import button

PERSON = button("转人工", '/needs_person{"trigger":"explicit_human"}')
OFFLINE = button("电话与线下", "/offline_options")
RIGHT = button("对，就这样", "/affirm")
WRONG = button("不对，我来改", "/deny")
DOORS = [PERSON, OFFLINE]

GREETING = "什么事？用平常说话的方式告诉我就行，打字、语音都可以。"
ASK_PLACE = "请问具体在哪里？比如小区和楼号，或附近的路口。"
CHANGE = "好，哪里不对？直接说正确的就行。"
REGISTERED = "登记好了，编号 {case_number}。\n会有人核实办理，{due}前答复您。\n想知道进度，说“查进度”就行。"
REGISTERED_SEVERAL = (
    "登记好了，每件事一个编号：{case_number}。\n会有人核实办理，{due}前答复您。\n想知道进度，说“查进度”就行。"
)
URGENT = "如果正有危险，请先离开，并拨打 110、119 或 120。"
CANCELLED = "好的，这次不登记。以后有事随时说。"
UNCLEAR_ONCE = "我没听明白。请说说是什么事、在哪里，或说“转人工”。"
ASK_WHAT = "请再说具体一点：出了什么事，在哪里？"
NOT_SURE_WHICH = "我想问清楚，您说的是哪一件？"
NEITHER = button("都不是，找人说", '/needs_person{"trigger":"bot_failed"}')
PICTURE = "图片收到了，工作人员能看到。请再用一句话说说是什么事、在哪里。"
VOICE = "这段语音我没听清。请再说一遍、打字告诉我，或说“转人工”。"
PROGRESS = "{progress}"
OWNER = "{owner}"

SMALL_TALK = {
    "thanks": "不客气，这是应该的。还有事随时说。",
    "goodbye": "再见，您保重。有事随时来。",
    "bot_challenge": "我是机器人，不是真人。想和人说，回复“转人工”。",
    "chitchat": "我只会帮着登记和查询社区里的事。有事您直接说。",
}


def offline(office: dict[str, Any]) -> str:
    return (
        f"电话：{office.get('phone', '12345')}。\n"
        f"当面：{office.get('counter', '服务窗口')}，{office.get('hours', '')}。\n"
        "出门不便，可以说“转人工”，商量上门或代办。"
    )


def confirmation(matters: list[dict[str, Any]], named: list[str], place: str | None) -> str:
    """A short repetition that the resident can correct in words."""
    if len(named) > 1:
        listed = "\n".join(f"{number}. {name}" for number, name in enumerate(named, 1))
        return f"您说了 {len(named)} 件事，分开登记：\n{listed}\n地点：{place or '没有说'}\n对吗？不对就直接说。"
    return f"我记的是：{named[0]}（{matters[0]['type']}）\n地点：{place or '没有说'}\n对吗？不对就直接说。"
