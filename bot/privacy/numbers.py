"""Personal data that has a shape of its own: telephone, certificate, card and plate numbers, e-mail, WeChat."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

# What people speak or type instead of 0–9; 幺 and 洞 are how numbers are read aloud.
_SPOKEN = str.maketrans("零〇洞一幺二两三四五六七八九", "00011223456789")
_DIGIT = "0-9零〇洞一幺二两三四五六七八九"
_GAP = r"[-‐‑–—_ .·,，、。/（）]{0,2}"
_RUN = re.compile(rf"(?<![a-z0-9])[{_DIGIT}](?:{_GAP}[{_DIGIT}x]){{6,26}}(?![a-z0-9])")
# Where a run of figures may end although more follow: the next number, or a word that is a figure too (…6150，一直不接).
_ARABIC = re.compile(r"[0-9](?:[-‐‑–—_ .·/（）]{0,2}[0-9x])+")
_PAUSE = re.compile("[，、。]")  # more likely between two numbers than within one
_PIECE = re.compile(rf"[{_DIGIT}](?:[-‐‑–—_.·/（）]?[{_DIGIT}x])+")
# A number of something else: its own word stands just before it.
_NOT_PERSONAL = re.compile(
    r"(?:订单|单号|编号|流水|运单|快递|条码|户号|表号|案号|受理|工单|批号|批次|凭证|序列|票号|合同|文号)[^，。；]{0,6}$"
)
_BANK = re.compile(r"银行|卡号|储蓄|信用卡|工行|农行|建行|中行|邮储|信用社|打到|打款|转到|账号|帐号|账户|卡")
_IDENTITY = re.compile(r"身份证|证件|身份|sfz|证号|户口")
_LANDLINE = re.compile(r"电话|座机|固话|号码|打给|致电|拨|联系")
# 3-702 15000000618: a room, then a telephone.
_ROOM_AND_PHONE = re.compile(r"[0-9]{1,4}(?:[-‐‑–—][0-9]{1,4}){0,2}[ ，,]{1,2}1[3-9][0-9]{9}")
_AREA_CODE_APART = re.compile(r"^0\d{2,3}[-‐‑–—_ ）]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999

_EMAIL = re.compile(r"(?<![a-z0-9._%+-])[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
# GA 36-2018: the letters I and O are not used; 新能源 plates have six places after the first letter.
_PLATE = re.compile(
    rf"[{_PROVINCES}] ?[a-hj-np-z][-·.• ]?(?=[a-z ]{{0,4}}\d)[a-hj-np-z0-9](?: ?[a-hj-np-z0-9]){{3}}(?: ?[a-hj-np-z0-9挂学警港澳]){{1,2}}(?![a-z0-9])"
    rf"|[{_PROVINCES}][a-hj-np-z][{_DIGIT}]{{5}}"
)
_PASSPORT = re.compile(
    r"(?<![a-z0-9])(?:[eg] ?\d{4} ?\d{4}|e[a-hj-np-z]\d{7}|[dsp]e?\d{7}|[kjch]\d{8}"
    r"|(?<=护照)[a-z]?\d{8,9}|(?<=护照[ 号:：是])[a-z]?\d{8,9}|(?<=护照号[ 码:：是])[a-z]?\d{8,9}|(?<=护照号码[ :：是])[a-z]?\d{8,9})(?![a-z0-9])"
)
_WECHAT = re.compile(
    r"(?<![a-z0-9])((?:wx|vx|wxid|wechat)[_-][a-z0-9_-]{4,20})(?![a-z0-9_@.])"
    r"|(?:微信|薇信|威信|微|wechat|weixin|v信|(?<![a-z])vx|(?<![a-z])wx|加v|(?<![a-z])v)(?:号码?|id|账号|帐号)?"
    r"[^a-z0-9。！？]{0,12}((?<![a-z0-9])[a-z][a-z0-9_-]{5,19})(?![a-z0-9_@.])"
)
_DATE = r"(?:(?:19|20)?\d{2}|民国[一二三四五六七八九十]{1,3}|(?:[一二][九〇零])?[〇零一二三四五六七八九]{2})[年./-] ?(?:农历|阴历)?(?:\d{1,2}|[正一二三四五六七八九十腊冬]{1,3})[月./-] ?(?:(?:\d{1,2}|[初一二三四五六七八九十廿]{1,3})[日号]?)?"
_BIRTH = re.compile(
    rf"(?:出生|生日(?:[^，。0-9]{{0,6}}错了，?应该?)?|生于|出生日期|出生年月|生辰)(?:日期|年月|是|为|在|于|:|：|，|\s){{0,4}}({_DATE})|({_DATE})(?=出生|生的|生人|生日|生[，。, ]|生$)"
    rf"|((?<![0-9])19\d{{2}}年\d{{1,2}}月(?:\d{{1,2}}[日号])?)(?=的[，。, ]|的$)"  # 我冉志刚，1988年9月的
)

Found = tuple[str, int, int]
FEWEST_DIGITS = 7  # of any number that is found here


def find(text: str) -> Iterator[Found]:
    """Yields (kind, start, end) in normalised text; kinds: phone id_card bank_card plate wechat email passport birth."""
    yield from find_runs(text)
    yield from (("email", *match.span()) for match in _EMAIL.finditer(text))
    yield from (("plate", *match.span()) for match in _PLATE.finditer(text))
    yield from (("passport", *match.span()) for match in _PASSPORT.finditer(text))
    yield from (("wechat", *match.span(1 if match[1] else 2)) for match in _WECHAT.finditer(text))
    for match in _BIRTH.finditer(text):
        yield "birth", *match.span(match.lastindex)


def find_runs(text: str) -> Iterator[Found]:
    """Of these, what is a run of digits: phone id_card bank_card."""
    for run in _RUN.finditer(text):
        for parts in _readings(run):
            found = [one for part in parts if (one := _number(text, part.start(), part.group()))]
            if found:
                yield from found
                break


def _readings(run: re.Match) -> Iterator[Iterable[re.Match]]:
    """How a run may be meant, likeliest first: as one number, as its figures alone, as what stands close together. With a
    pause in it, as one number last."""
    pause = _PAUSE.search(run.group())
    if not pause:
        yield [run]
    for pattern in (_ARABIC, _PIECE):
        yield pattern.finditer(run.string, *run.span())
    if pause:
        yield [run]


def _number(text: str, start: int, run: str) -> Found | None:
    """What kind of number a run of digits and separators is; a prefix such as 86 is left out of no kind."""
    before = text[max(0, start - 14) : start]
    digits, places = _digits(run)
    for kind, pattern, accepted in _SHAPES:
        match = pattern.search(digits)
        if match and accepted(match.group(), before, run):
            last = start + places[match.end() - 1] + 1
            first = (
                _phone_start(before, text[start:last], places[match.start()])
                if kind == "phone"
                else places[match.start()]
            )
            return kind, start + first, last
    return None


def _phone_start(before: str, words: str, first: int) -> int:
    """Where it begins, with what belongs to its prefix: +86 138…, (0734)…"""
    opened = (before.endswith("+") and first > 0) or (before.endswith("（") and "）" in words)
    return -1 if opened else first


def _digits(run: str) -> tuple[str, list[int]]:
    places = [i for i, char in enumerate(run) if char.isalnum()]
    return "".join(run[i] for i in places).translate(_SPOKEN), places


def _is_identity(digits: str, before: str, run: str) -> bool:
    if _IDENTITY.search(before):
        return True
    if _NOT_PERSONAL.search(before) or len(digits) != 18:
        return False
    return _has_check_digit(digits) or _is_day(digits[6:14])


def _has_check_digit(digits: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _ID_WEIGHTS, strict=True))
    return "10x98765432"[total % 11] == digits[17]


def _is_day(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
    except ValueError:
        return False


def _is_card(digits: str, before: str, run: str) -> bool:
    if _NOT_PERSONAL.search(before) or _ROOM_AND_PHONE.fullmatch(run):
        return False
    return digits.startswith("62") or _luhn(digits) or bool(_BANK.search(before))


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits), 1)]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _is_mobile(digits: str, before: str, run: str) -> bool:
    return not _NOT_PERSONAL.search(before)


def _is_landline(digits: str, before: str, run: str) -> bool:
    """With its area code, or after a word for it; real ones go on with 2–8, which only an area code set apart makes up for."""
    if _NOT_PERSONAL.search(before):
        return False
    if len(digits) > 8:
        return digits[3] in "2345678" or digits[4] in "2345678" or bool(_AREA_CODE_APART.match(run.translate(_SPOKEN)))
    return bool(_LANDLINE.search(before)) and digits[0] in "02345678"


_SHAPES = (
    ("id_card", re.compile(r"^(?:\d{17}[\dx]|\d{15})$"), _is_identity),
    ("bank_card", re.compile(r"^[3-69]\d{14,18}$"), _is_card),
    # 工信部 numbering plan: mobile numbers are 11 digits, 13–19.
    ("phone", re.compile(r"(?<=^86)1[3-9]\d{9}$|^1[3-9]\d{9}$"), _is_mobile),
    ("phone", re.compile(r"^0\d{9,11}$|^\d{7,8}$"), _is_landline),
)
