"""A question that only asks on after an answer: 「低保怎么办」, then 「那要带什么材料」. No model.

Such a question names nothing itself: it is read together with what the answered question was about.
"""

import re
from dataclasses import dataclass
from typing import Any

from bot.boundary.knowledge import entries
from bot.normalize import normalize
from bot.pieces import cut, joined

# No word below may be read in two ways (请问 as one lead, or as 请 and 问): of a long row of them all would be tried.
_LEAD = r"(?:(?:那|那么|还|还有|另外|对了|请问|请教|再问|想问|我想问|我想再问|问)(?:一下|下)?[，、]?|这个|那个|它|这|一共|大概|一般)*"
_END = r"(?:呢|啊|呀|哦|哈|吗|么|嘛|的|了|谢谢)*"
_CAN = r"(?:要|用|需要|得|都|应该|能|可以|必须)*"
_DO = r"(?:办|办理|申请|申领|领|领取|交|弄|报|报名|打|登记|缴|审|批|找)"
# What is asked, and what an answer speaks of that tells it.
_KINDS = tuple(
    (re.compile(_LEAD + asks + _END), re.compile(tells))
    for asks, tells in (
        (
            rf"(?:{_CAN}(?:带|准备|交|提供|拿|备)?(?:些|点)?(?:什么|哪些|啥|哪几样|多少)(?:材料|资料|证件|证明|东西|手续)|材料|{_CAN}带(?:些|点)?(?:什么|啥)|"
            r"(?:带|拿)(?:身份证|户口本|户口簿)(?:就)?(?:行|可以|够|能办))",
            r"材料|身份证|户口|证件|证明|照片|申请书|申请表",
        ),
        (
            rf"(?:{_CAN}(?:有)?(?:什么|哪些|啥)(?:条件|要求|资格)|条件|(?:谁|哪些人|什么人|我|我妈|我爸|老人|外地人|孩子){_CAN}{_DO})",
            r"条件|可以申|满|符合|户籍|岁以上",
        ),
        (
            rf"(?:{_CAN}(?:每月|一个月|一年|每年|一次)?{_CAN}(?:交|花|补|拿|领|给|发)?(?:多少|几)(?:钱|块钱?|元|费用)?(?:一个?月|一年|一次|一天)?|"
            rf"{_CAN}(?:交|花)?(?:钱|费|费用)|{_CAN}收(?:不收)?费|免费)",
            r"元|免费|收费|标准|费用|补贴金额|工本费",
        ),
        (
            rf"(?:{_CAN}(?:等)?(?:多久|多长时间|多少时间|多少天|几天|几个工作日|几个月){_CAN}(?:{_DO}|下来|拿到|到账|办好|办完|批下来|审下来|领到|出来)?)",
            r"工作日|日内|天内|当场|当天",
        ),
        (
            rf"(?:{_CAN}(?:在|去|到|上|找)?(?:哪(?:里|儿|个)?(?:地方|窗口|部门|单位)?|(?:什么|啥)(?:地方|窗口|部门|单位)){_CAN}(?:去)?{_DO}?|地址|地点)",
            r"窗口|派出所|社区|街道|乡镇|中心|银行|医院|学校|机关|残联|局",
        ),
        (
            rf"(?:(?:什么|啥)时候{_CAN}(?:开始|截止)?{_DO}?|几(?:点|号|月){_CAN}(?:开始|截止|{_DO})?|(?:周末|周六|周日|星期[六天]|中午|节假日){_CAN}(?:{_DO}|开门|上班))",
            r"时间|工作日|[0-9]点|月底|周末",
        ),
        (rf"(?:怎么|咋|如何|怎样){_CAN}{_DO}|{_CAN}(?:什么|啥|哪些)(?:流程|步骤)|流程", r"申请|登记|提交|办理"),
        (rf"{_CAN}(?:网上|手机(?:上)?|线上|小程序){_CAN}{_DO}", r"网上|手机|线上|小程序"),
    )
)
_OPENING = re.compile(r"^(?:(?:你好|您好|请问|麻烦|我想|想|我要|帮我|咨询|打听|问|了解)(?:一下|下)*[，、。]?)+")
# From here on a question asks; what it is about stands before, else behind.
_ASKS = re.compile(
    r"[，、。？]|怎么|怎样|咋|如何|哪|什么|啥|多少|多久|几|能不能|可不可以|可以|能(?=办|申|领|报|享)|是不是|有没有|需要|要带|要什么|要多|吗|"
    r"(?:在|去|到)哪"
)
_ASKED = re.compile(rf"^(?:怎么|怎样|咋|如何|哪里?|去哪里?|在哪里?|能不能|可以){_CAN}{_DO}")
SHORTEST, LONGEST = 2, 16
LONGEST_ASKED = 40  # what is longer does not only ask on


@dataclass(frozen=True)
class Question:
    """One that was answered from the knowledge: its text and where that stands, and the ids of what was answered."""

    text: str
    pieces: list[dict[str, int]]
    answered: list[str]
    category: str


def kind_of(text: str) -> int | None:
    """Which kind of question this is if it only asks on."""
    if len(text) > LONGEST_ASKED:
        return None
    plain = normalize(text).text.strip("，。！？；、 ")
    return next((n for n, (asks, _) in enumerate(_KINDS) if asks.fullmatch(plain)), None)


def telling(hit: dict[str, Any] | None, kind: int) -> dict[str, Any] | None:
    """What the knowledge found, if that tells what this kind of question asks: near in meaning is not enough for so few
    words. It may be what was answered already, or something near it."""
    return hit if hit and _KINDS[kind][1].search(entries()[hit["id"]].answer) else None


def together(question: Question, text: str, pieces: list[dict[str, int]]) -> tuple[str, list[dict[str, int]]] | None:
    """What the question was about and what is asked on, as one text with its pieces; None when it names nothing."""
    found = _subject(question.text)
    if found is None:
        return None
    start, end = found
    about = question.text[start:end], cut(question.pieces, start, end)
    return joined([about, (text, pieces)], joint="")


def _subject(question: str) -> tuple[int, int] | None:
    folded = normalize(question)
    opened = _OPENING.match(folded.text)
    start = opened.end() if opened else 0
    asks = _ASKS.search(folded.text, start)
    end = asks.start() if asks else len(folded.text)
    if end - start < SHORTEST and (asked := _ASKED.match(folded.text[start:])):  # 怎么办居住证
        start, rest = start + asked.end(), _ASKS.search(folded.text, start + asked.end())
        end = rest.start() if rest else len(folded.text)
    return folded.span(start, end) if SHORTEST <= end - start <= LONGEST else None
