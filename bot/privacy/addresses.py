"""Addresses down to somebody's door."""

import re
from collections.abc import Iterator

_SPOKEN = "一二三四五六七八九零〇"
_NUMERAL = "0-9a-z一二三四五六七八九十百零〇"
_DOOR = (
    rf"(?:[{_NUMERAL}甲乙丙东西南北]{{1,5}}(?:号楼|栋|幢|座|号院|弄|区|期|组|号|#)[，,\s]?){{0,3}}"
    rf"(?:[{_NUMERAL}甲乙丙丁]{{1,3}}(?:单元|门|梯|-)[，,\s]?){{0,2}}"
    rf"(?:[{_NUMERAL}]{{1,3}}[楼层][，,\s]?)?"
    rf"(?:[{_NUMERAL}]{{1,5}}(?:室|号房|房(?![东子租屋])|户(?![人居])|号(?!人)(?:之[0-9]{{1,2}}|[甲乙丙丁])?|门(?![口前外面卫]))|"
    rf"(?:[0-9]{{3,4}}|(?<=[栋幢座元梯])[{_SPOKEN}]{{3,4}})室?(?![0-9元块年个多米平]))"
    rf"(?:(?<=号)院?[0-9一二三四五六七八九]{{1,2}}[楼层]|(?<=号)院?[东西南北]厢?[房屋])?"
)
_ROOM = re.compile(
    rf"[栋幢座元梯][{_SPOKEN}]{{3,4}}$|"
    r"(?:室|号房|房|户|门|[栋幢座楼元层-][，, ]?[0-9]{1,4}号?|[0-9]{3,4})$|[-－][0-9]{1,4}$"
)
_ROOM_OF_A_PLACE = re.compile(
    r".*(?:(?:[栋幢座楼元#-]|号院)[，, ]?[0-9]{3,4}(?:[室号](?![楼院]))?|(?<=[\u4e00-\u9fff]{3})(?<!国道)[1-9][0-9]{2,3}|[0-9]{1,4}(?:室|号房)|[0-9]{1,2}[-－][0-9]{1,2}[-－][0-9]{1,4}|(?<=[路街巷弄])[0-9]{1,4}[-－][0-9]{1,3})(?![0-9-]|[号路栋幢座])"
)
_STREET_NUMBER = re.compile(
    rf".*[\u4e00-\u9fff甲乙丙][{_NUMERAL}]{{1,5}}号(?![栋幢座库线院口地铁站桌窗摊厅机井桥位售出路]|楼(?![下顶])|门(?![面口前外槛]))"
    r"(?:的?[0-9]{3,4}室?|之[0-9]{1,2}|[甲乙丙丁](?!栋|座)|[0-9一二三四五六七八九]{1,2}[楼层]|院?[东西南北]厢?[房屋])?"
)
_NOT_A_HOME = re.compile(
    r"院(?![0-9东西南北])|口|院?(?:[楼栋幢座库]|[门路巷]口|门|电梯|垃圾|充电|停车场|配电|底商|商铺|店|铺|旁|对面|附近)"
)
_PLACE_END = "邸|路|街|巷|胡同|弄|大道|里|村|屯|庄|寨|湾|小区|社区|花园|家园|苑|园|城|府|庭|居|公寓|大厦|新村|嘉园|佳苑|院|(?<!顶)楼|坊|公馆|宿舍|组|队"
_ADDRESS = re.compile(
    rf"[\u4e00-\u9fffa-z0-9]{{1,24}}?(?:{_PLACE_END}|(?<=[\u4e00-\u9fff]{{2}})(?=[0-9]{{1,3}}(?:号楼|栋|幢|座)))[，,\s]?{_DOOR}(?:[-－]\d{{1,4}}){{0,3}}"
)
_BEFORE_ADDRESS = re.compile(
    r".*(?:[0-9x]{7}|那个|住在|家住|住址[是：:]*|地址[是：:]*|位于|搬到|送到|我住|租住|家在|就在|我们是|我是|我家是|这里是|这边是|来自|上门到|在|是|到|把|给|我们|我家|住|的|了|，)(?=.{2})"
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yields (start, end) in normalised text."""
    for match in _ADDRESS.finditer(text):
        lead = _BEFORE_ADDRESS.match(match.group())
        start = match.start() + (lead.end() if lead else 0)
        if match.end() - start >= 4 and (_ROOM.search(match.group()) or not _NOT_A_HOME.match(text, match.end())):
            yield start, match.end()


def door(text: str, start: int, end: int) -> int:
    """Where the address down to somebody's door ends in a place `text[start:end]` that was marked (normalised text): at a room,
    or at a street number unless what is told of stands before it: a lamp, a tree, a shop. `start` when it reaches to no door.
    """
    room, street = _ROOM_OF_A_PLACE.match(text, start, end), _STREET_NUMBER.match(text, start, end)
    if street and _NOT_A_HOME.match(text, street.end()):
        street = None
    return max((found.end() for found in (room, street) if found), default=start)
