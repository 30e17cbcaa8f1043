"""Taking a correction apart: what is denied, what is said instead, and which field it is about. A leaf, no model.

「不是路灯,是井盖」 denies 路灯 and asserts 井盖; 「地点写错了」 only names the field.
"""

import re
from dataclasses import dataclass

PLACE, CATEGORY, TIME, TYPE = "place", "category", "time", "type"
_IS = r"(?:而是|应该是|其实是|是|系|在|才是)"
_NOT = r"(?:不是|不在|唔系|唔喺|弗是|勿是|不叫|别写|不系)"
_GAP = r"[，,。.;；、 \n]{0,8}"  # bounded: some of it may be read as part of what is said, too
_SHAPES = (
    rf"{_NOT}(?P<denied>[^，,。;；\n]{{1,20}}?){_GAP}{_IS}(?P<asserted>[^，,。;；\n]+)",
    rf"(?:应该是|我说的是|我讲的是|我讲嘅系|我说的|我是说|是|系|在){_GAP}(?P<asserted>[^，,。;；\n]{{1,20}}?){_GAP}{_NOT}(?P<denied>[^，,。;；\n]+)",
    r"(?P<denied>[^，,。;；\n]{1,12}?)(?:改成|改为|换成)(?P<asserted>[^，,。;；\n]+)",
    rf"(?:改成|改为|换成|应该是|其实是|正确的是|我说的是|我是说|(?:搞|写|弄|记|听|打)?(?:[错岔反]|不对)(?:了|啦|咯|哉)?[^，,。;；\n]{{0,2}}{_GAP}是){_GAP}(?P<asserted>[^，,。;；\n]+)",
)
_PATTERNS = tuple(re.compile(shape, re.DOTALL) for shape in _SHAPES)
_WRONG = r"[^，,。;；\n]{0,5}(?:错|不对|有误|反了|偏了|不准|不是这|改)"
_FIELDS = (
    (PLACE, re.compile(rf"(?:地点|地址|位置|门牌|楼号|楼栋|地方|小区名|路名){_WRONG}")),
    (TIME, re.compile(rf"时间{_WRONG}")),
    (TYPE, re.compile(rf"(?:类型|性质){_WRONG}")),
    (CATEGORY, re.compile(rf"(?:类别|分类|类目|事情|问题|这件事|内容){_WRONG}")),
)
_MARKS = "，,。.!！?？~～"
_PARTICLES = ("啊", "呀", "哦", "吧", "哈", "嘛", "呢", "才对", "的事", "那个")
_ORDINAL = re.compile(r"第?([一二三四五两1-5])[件个条桩样]")
_DROPS = re.compile(r"不要|不报|不登|不用|去掉|删|算了|只报|只登|只要")
_PLACES = {"一": 0, "1": 0, "二": 1, "两": 1, "2": 1, "三": 2, "3": 2, "四": 3, "4": 3, "五": 4, "5": 4}


def which_one(text: str) -> int | None:
    """Of several matters, the one that is named by its number: 「第二件」 is 1."""
    found = _ORDINAL.search(text)
    return _PLACES[found[1]] if found else None


def drops_one(text: str) -> bool:
    """「第二件不要了」, 「只报第一件」"""
    return which_one(text) is not None and bool(_DROPS.search(text))


@dataclass(frozen=True)
class Correction:
    """`asserted` is `text[start:end]` of the message, "" when only a field was called wrong; `field` None when unsaid."""

    denied: str
    asserted: str
    start: int
    field: str | None

    @property
    def end(self) -> int:
        return self.start + len(self.asserted)


def take_apart(text: str) -> Correction | None:
    """The correction in a message, or None when it has not the shape of one. Offsets are those of `text`."""
    field = next((name for name, pattern in _FIELDS if pattern.search(text)), None)
    for pattern in _PATTERNS:
        if found := pattern.search(text):
            denied = (found.groupdict().get("denied") or "").strip(" ，,。")
            return Correction(denied, _bare(found["asserted"]), found.start("asserted"), field)
    return Correction("", "", 0, field) if field else None


def _bare(asserted: str) -> str:
    """Without the one particle at its end, and the marks around that."""
    said = _without_marks(asserted)
    particle = next((one for one in _PARTICLES if said.endswith(one)), None)
    return _without_marks(said.removesuffix(particle)) if particle else said


def _without_marks(text: str) -> str:
    end = len(text)
    while end and (text[end - 1] in _MARKS or text[end - 1].isspace()):
        end -= 1
    return text[:end]
