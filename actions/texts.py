"""What the bot says: plain, warm, at most 40 characters a sentence, no persuasion, no promise."""

from __future__ import annotations

from typing import Any

from .proposal import AGENT, ANONYMOUS, DOORS, OFFLINE, PERSON, button

__all__ = ["AGENT", "ANONYMOUS", "DOORS", "OFFLINE", "PERSON"]

RIGHT = button("对，就这样", "/affirm")
WRONG = button("不对，我来改", "/deny")
SAME = button("是同一件", "/affirm")
OTHER = button("是另一件", "/deny")
NEITHER = button("都不是，找人说", '/needs_person{"trigger":"bot_failed"}')

GREETING = "什么事？像平时说话一样，打字告诉我就行。"
GREETING_BY_VOICE = "什么事？像平时说话一样告诉我就行。\n打字、发语音都可以。"
HERE = "您好，我在。"
ASK_PLACE = "请问在什么地方？\n说小区和楼号，或附近的路口都行。"
ASK_PLACE_AGAIN = "地方我还没记下，在哪里呢？\n说不上来也没关系，回“不知道”就行。"
ASK_WHAT = "出了什么事？麻烦再说具体一点。"
ASK_WHAT_THERE = "地方我记下了。那里出了什么事？"
NOT_SURE_WHICH = "我想问清楚，您说的是哪一件？"
CHANGE = "好，哪里不对？直接说正确的就行。"
AGAIN = "这句我记着了，就等您看一眼。"
URGENT = "如果正有危险，请先离开，再打 110、119 或 120。"
CANCELLED = "好的，这次不登记。以后有事随时说。"
NOTHING_TO_CANCEL = "好的。现在没有正在登记的事。\n想撤回登记过的，说“撤回工单”就行。"
UNCLEAR_ONCE = "我没听明白。请说说是什么事、在哪里，或说“转人工”。"
DENIED = "是我没弄对。您说说哪里不对，或说“转人工”。"
LOST = "上次那件没有说完，也没有登记。\n请再说说是什么事、在哪里。"
NO_ANSWER = "这个我答不准，不敢乱说。\n等登记完，说“转人工”就有人答您。"
ACKNOWLEDGED = "好的。有事随时说。"
PICTURE = "图片收到了，工作人员能看到。\n请再用一句话说说是什么事、在哪里。"
PICTURE_ADDED = "收到了，谢谢您。\n也补记到编号 {case_number} 里了，工作人员能看到。"
PICTURE_KEPT = "图片收到了，工作人员能看到。"
VOICE = "这段语音我没听清。\n请再说一遍、打字告诉我，或说“转人工”。"
GO_ON = "刚才那件，请再说具体一点。"
PROGRESS, OWNER, TOLD, LAST = "{progress}", "{owner}", "{told}", "{last}"
ADDED = "好，这句也补记到编号 {case_number} 里了。"
PLACE_RIGHT = "改好了，编号 {case_number} 的地点：\n{place}。"
CATEGORY_RIGHT = "改好了，编号 {case_number} 记的是：\n{category}。"
JOINED = "和上次那件并在一起了，您说的也补了进去。\n{progress}"

SMALL_TALK = {
    "thanks": "不客气，这是应该的。还有事随时说。",
    "goodbye": "再见，您保重。有事随时来。",
    "bot_challenge": "我是机器人，不是真人。\n想和人说，回复“转人工”。",
    "chitchat": "我只会登记和查询社区里的事。\n有事您直接说，想找人就说“转人工”。",
}

REGISTERED = "登记好了，编号 {case_number}。"
REGISTERED_SEVERAL = "登记好了，每件事一个编号：\n{case_number}。"
ASK_ANY_TIME = "想知道进度，说“查进度”就行。"
# What happens next and by when, by the type of the matter.
NEXT = {
    "表扬": "谢谢您，会转给有关的同事。\n{due}前给您回音。",
    "建议": "会转给负责的同事。\n{due}前答复您。",
    "咨询": "由工作人员查清楚。\n{due}前答复您。",
    "举报": "内容会单独保管，被反映的人看不到。\n{due}前答复您。",
}
NEXT_STEP = "接下来由工作人员核实办理。\n{due}前答复您。"
NEXT_STEPS = "接下来由工作人员核实办理。\n{answered}"  # each of several has a date of its own


def registered(kind: str, several: bool) -> str:
    return "\n".join(
        (
            REGISTERED_SEVERAL if several else REGISTERED,
            NEXT_STEPS if several else NEXT.get(kind, NEXT_STEP),
            ASK_ANY_TIME,
        )
    )


def offline(office: dict[str, Any]) -> str:
    return (
        f"电话：{office.get('phone', '12345')}。\n"
        f"当面：{office.get('counter', '服务窗口')}，{office.get('hours', '')}。\n"
        "出门不便，说“代办”或“上门”，有人和您商量。"
    )


def same_case(case: dict[str, Any], name: str) -> str:
    return f"您报过一件“{name}”的事。\n编号 {case['number']}，{case.get('state', '')}。\n这次说的是同一件吗？"


def confirmation(names: list[str], kind: str, places: list[str | None]) -> str:
    """A short repetition that the resident can correct in words. `places` hold the names of what the desk fills in."""
    if len(names) > 1:
        listed = "\n".join(
            f"{n}. {name}{f'，{place}' if place else ''}"
            for n, (name, place) in enumerate(zip(names, places, strict=True), 1)
        )
        return f"您说了 {len(names)} 件事，我分开登记：\n{listed}\n对就回“对”，不对就直接说。"
    where = f"\n地点：{places[0]}" if places[0] else ""
    return f"我这样记，您看对不对：\n事情：{names[0]}（{kind}）{where}\n对就回“对”，不对就直接说。"
