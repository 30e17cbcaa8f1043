"""The few things a resident says that the desk itself understands, whoever listens. Nothing here is guessed: a sentence
is one of these whole, or it is none of them and goes to whoever has the conversation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.privacy import pii

# 不用了 alone may answer anything: it counts only beside the wish to cancel.
_LEAVES_QUEUE = re.compile(
    r"(?:算了|改主意了|不好意思|麻烦您?|那|我|就|还是|先)*"
    r"(?:(?:不用|不想|不要|不需要|不)再?(?:(?:转|找)?人工|找人|转)了|不再?(?:等|排队)了|回到机器人|继续问机器人"
    r"|(?:请|帮我|给我)*取消(?:(?:转?人工|排队)吧?|吧?(?:我|就)?不用了))"
    r"(?:吧|啊|哈|不用了|谢谢您?|麻烦您?了)*"
)
_ASKS_WHO = re.compile(
    r"(?:请问|喂|那|现在|对面|这边|这里|你们?|您|跟我说话的|回我的)*(?:到底)?(?:是|是不是)个?(?:真人|活人|人工?|机器人?|自动回复)"
    r"(?:(?:在|来)?(?:回复?|处理|说话)|还是(?:真人|活人|人工?|机器人?|自动回复))?(?:吗|么|嘛|不|不是|吧|啊|呀|哦)*"
    r"|(?:现在|到底)*是?(?:谁|哪位)在(?:处理|管|跟进|负责)(?:我的?)?(?:这件?)?事?(?:呢|啊|呀)?"
)
# While nobody listens but the desk, it tells itself how the resident's own cases are.
_PROGRESS = re.compile(
    r"(?:我要|我想|帮我|请|麻烦)*(?:查询?|看看?)?(?:一下|下)?(?:我的?)?(?:单子|工单|编号)?[0-9]{6}[-－—][0-9]{5}(?:的?(?:进度|情况|结果))?(?:怎么样|如何|办得怎么样)?了?"
    r"|(?:我要|我想|帮我|请|麻烦)*(?:查询?|看看?|问)(?:一下|下)?(?:我的?)?(?:单子|工单|事|事情)?(?:的)?(?:办理)?进度(?:怎么样|如何|呢)?了?"
    r"|(?:办理|工单|单子)?进度(?:怎么样|如何|呢)?了?(?:吗)?"
)
_PUNCTUATION = re.compile(r"[\s，。！？!?.,~～…、：:;；（）()“”\"]+")
_CALL = re.compile(
    r"(?:您好|你好|请|麻烦|能不能|能否|可不可以|可以|能|希望|我想|我要|想|要|你们?|您|工作人员|人工|有人|找人|让人|叫人|安排人|派人|同志)*"
    r"(?:给我|帮我|跟我|和我|再|先)*(?:回电话?|(?:回|打|来)(?:一?个|一下)?电话)(?:给我|联系我|联系|回来|过来|沟通)?"
    r"(?:吧|吗|好吗|行吗|可以吗|行不行|谢谢)*"
)
_NUMBER_IS = re.compile(r"[，,\s]*(?:我的?)?(?:联系)?(?:手机号码?|电话号码|号码|手机|电话)(?:是|为|[：:])?\s*$")
_POLITE = re.compile("(?:您好|你好|谢谢您?|麻烦了?|拜托了?|好的|打|是)?")
_NO_CALL = re.compile("(?:不用|不要|别|取消)(?:给我)?(?:回电话?|打电话)(?:给我)?了?")
_CLAUSE = re.compile(r"[，。！？!?.,~～…；;\n]+")
_LINK_CODE = re.compile(r"关联码?(\d{8})")


@dataclass(frozen=True)
class DeskWord:
    """`kind`: leave, who, progress, call, no_call, link, link_code, unlink. `value`: a telephone number or a code, or "".

    `whole` is False when the message says more than this: whoever has the conversation reads it as well.
    """

    kind: str
    value: str = ""
    whole: bool = True


def read(text: str, expects: str | None = None) -> DeskWord | None:
    """What the desk understands in `text`; `expects` is what it asked for last (`phone`)."""
    said = _PUNCTUATION.sub("", text)
    if _LEAVES_QUEUE.fullmatch(said):
        return DeskWord("leave")
    if _ASKS_WHO.fullmatch(said):
        return DeskWord("who")
    if _PROGRESS.fullmatch(said):
        return DeskWord("progress")
    if said in ("关联账号", "关联我的账号", "关联其他渠道", "关联渠道"):
        return DeskWord("link")
    if said in ("取消关联", "解除关联"):
        return DeskWord("unlink")
    if code := _LINK_CODE.fullmatch(said):
        return DeskWord("link_code", code[1])
    if _NO_CALL.fullmatch(said):
        return DeskWord("no_call")
    return _call(text, expects)


def _call(text: str, expects: str | None) -> DeskWord | None:
    """A wish to be called: a clause that says so, the number anywhere; or the number alone once it was asked for."""
    phone = pii.phone(text)
    if phone is None:
        asked, others = _clauses(text)
        return DeskWord("call") if asked and not others else None
    number, before, after = text[phone.start : phone.end], text[: phone.start], text[phone.end :]
    readings = [_clauses(f"{start}\n{after}") for start in (before, _NUMBER_IS.sub("", before))]
    asked, others = max(readings, key=lambda reading: (reading[0], -reading[1]))
    if asked:
        return DeskWord("call", number, whole=others == 0)
    return DeskWord("call", number) if expects == "phone" and others == 0 else None


def _clauses(text: str) -> tuple[int, int]:
    """(how many clauses ask for a call, how many say something else)."""
    clauses = [_PUNCTUATION.sub("", clause) for clause in _CLAUSE.split(text)]
    asked = sum(bool(_CALL.fullmatch(clause)) for clause in clauses)
    return asked, sum(not _CALL.fullmatch(clause) and not _POLITE.fullmatch(clause) for clause in clauses)
