"""Where a place in a message begins and ends: the tagger finds it, this settles its edges the way the labelling rules do."""

import re

from bot.nlu.segment import words
from bot.normalize import PARTING_BLANK

# The star stands for a masked figure (bot.privacy.tracker).
_NUMBER = "0-9*一二三四五六七八九十百〇零两"
_CHINESE = "\u4e00-\u9fff"
# What directly follows a name and still points at where it is.
_TAILS = (
    # Numbered: building, floor, room, shop, gate of a station, canal.
    rf"[a-d{_NUMBER}]{{1,4}}号(?:门面|库房?|摊位?|铺|仓库?|厅|厂房|车间|井|柜台)",
    r"[0-9]{0,2}[a-d][0-9]?(?:出入?|出|入)?口|b[1-3](?![0-9])|[一二三四五六七八九十]支渠",
    rf"(?:整个)?[a-d{_NUMBER}]{{1,4}}(?:号楼|号院|号窗口|栋|幢|座|单元|楼|层|室|号(?!人)|组|社|队|期|区|弄|门|排)",
    r"[a-d](?:出?口|座|区|栋)|[（(][^）)]{1,8}店[）)]|(?<=号)(?:门面|窗(?!口)|车?位)|(?<=号门)面",
    # Sides, ends and corners of it.
    r"[东南西北前后左右正大侧偏]{0,2}门(?:口|前|外|旁)?(?![面锁禁窗框铃卫岗诊牌厅])|[东南西北左右内外]侧|[东南西北前后]头|[东西南北]厢房",
    r"[东南西北][边面]|[前后背][面头后]|[中东南西北前后]段(?!时|日|路)|[上下]游|斜?对面|斜?对过|旁边|边上|隔壁|后[墙巷院坡山街]",
    r"(?:出站|进站|出入|入|出|路|街|巷|弄|村|交叉|交|丁字路|十字路|三岔路|岔路|岔|桥|渡|闸)口|十字(?!路口)|(?<=.桥)[头墩]|(?<=天桥)(?:底下|下面|上(?=.))|(?<=桥洞)底下|(?<=[路街巷弄村])口子",
    # Up and down in it.
    rf"顶楼|底[楼层]|楼[上下](?![是的]?(?:邻居|住户|人家|那家))|(?<=[^号栋幢座元{_NUMBER}]楼)[上下]|天台",
    # How far from it: 双孝桥|往下走五十米, 青龙堰下游|三百米.
    r"(?:往[东南西北前后上下里外]{1,2}(?:边|面|头)?走?)?(?:大概|大约|约)?[0-9一二三四五六七八九十百两几]{1,4}多?米(?![高宽深长厚])",
    # What belongs to it.
    r"地下(?:车库|一层|二层|室)|地库|车库|车棚|门厅|中庭|垃圾[房亭站]|工地|公厕|厕所|凉亭|广场|人行道|非机动车道|停车场|公交站台?|站台|涵洞|桥洞|桥头|桥下",
    r"窗口|桥|夜市|菜市场|市场|食堂|操场|篮球场|游泳池|老年活动室|活动中心|活动室|办事大厅|服务大厅|大厅|售楼处|观景台|隧道口|岔路口",
    r"棋牌室|喷泉|卫生服务站|服务中心|卫生室|居委会|村委会|家属院|宿舍|路段|段",
)
_TAIL = re.compile("|".join(_TAILS))
# Room numbers that follow a building without a word of their own: 3号楼2单元502, 12栋1804, 盐仓巷88号1502.
_ROOM = re.compile(r"(?<=[栋幢座元楼号])(?:[0-9]{3,4}(?![0-9])|[*]{1,4})室?|(?<=[0-9*])室")
_MOST_TAILS = 5
# 豆腐坊后头|那条沟, 富民花园西侧|那个工地: a stretch of land or water, or a business, seen from the name that leads to it. A
# thing that stands there (井盖, 招牌, 大坑) is what is told of, not where.
_SEEN_FROM = re.compile(
    rf"[那这嗰]一?(?:[条段截][{_CHINESE}]{{0,4}}?(?:沟|河|溪|渠|塘|街|巷子?|坡(?!道)|堤|坝|斑马线|栈道|田埂|盘山道|[土小村国省便机耕]道|马路)"
    rf"|[口座][{_CHINESE}]{{0,4}}?(?:塘|井(?!盖)|石板桥|桥|塔|庙|水库)"
    rf"|[片块][{_CHINESE}]{{0,4}}?(?:草坪|荒地|空地|菜地|林子|水塘)"
    rf"|[个家][{_CHINESE}]{{0,5}}?(?:工地|厂(?![长里家])|店(?![员主老里家])|铺子|观景台|戏台|拐弯|水库|凉亭))"
)

# A number that was begun before the place belongs to something else.
_REST_OF_NUMBER = re.compile(rf"[0-9]{{2,}}(?=[{_CHINESE}]{{2}})")
# What is said before a name without being part of it.
_LEAD = re.compile(r"[^\w（(]*(?:就是|就在|就|在|到|从|去|那个|这个|[我咱俺你]们?(?=..)|喂|你好|反映)*(?=..)")
_BEFORE = re.compile(r"(?:地铁|公交|长途|高铁|火车)$")
# Two streets that cross: found at the second one.
_CROSSING = re.compile(rf"[{_CHINESE}]{{1,6}}?(?:大道|大街|[路街道巷弄])(?:和|与|跟|同|、|-)$")
_CORNER = re.compile(r"(?:交叉|交|路|街|岔)口$")
_NOT_A_NAME = re.compile(r"^(?:[在到从去是把被给让有这那条个走过住]|我们?|你们?|他们?)+")

# A telephone that follows at once: 二组9号|13900000102.
_LONG_NUMBER = re.compile(r"[0-9]{7,}")

# Where a name ends and the sentence goes on.
_GOES_ON = re.compile(
    r"(?<=..)(?:从[东南西北前后头]|靠[湖河山路边]|那[边条个家段块头排一]|这[边条个家段块头排一嘎]|往[东南西北前后里外]|有[人个家一]|(?:附近|里面|里头|外头|底下|上面|下面)$).*"
)
# With these a place may end, whatever word they would begin: 27号楼|前头 has no 楼前 in it.
_ENDS = re.compile(
    r"[楼口门号桥路街巷弄道村庄组栋幢座元层院室区期队边侧面头里苑园城场站店馆校厂库厦堂寺庙塘河渠坝湖镇乡屯集沟坪渡垄山岩冲围溪湾洲滩浦港岛"
    r"垴坳坎坡峪峡垭岔排家厅外台处底下旁顶摊梁井埠庵亭阁塔a-z0-9]$"
)
# But the last character may belong to the next word: 12栋楼|顶, 6号院|底商.
_NEXT_WORD = re.compile(
    r"(?<=..)(?:楼(?=[顶道])|底(?=商)|口(?=才)|道(?=闸)|门(?=禁)|(?<=村)村(?=支书|主任|干部|委|民|医))"
)
# What a tagger takes along now and then.
_SLIP = re.compile(r"(?<=..)[往才就都也又被把嗯啊呢吧了是在的，。！、 ]+$")
_OPEN = re.compile(r"[（(][^）)]*$")
# 团结渠里, 凉亭里: inside of it, not part of its name. 和平里 and 三里 are names; 理发店楼上 is where it is.
_WHOLE = "渠河湖塘沟亭园院厅库馆校厂店场站巷弄街区村洞堂"
_INSIDE = re.compile(rf"(?<=[{_WHOLE}楼])[里内中]$|(?<=[{_WHOLE}])上$")

# Kinds of places, not one of them.
_ANY = re.compile(
    r"(?:(?:安置|廉租|公租|出租|商品)[房楼]|[水河路沟桥塘][沟边里上面]|(?:健身|文化|休闲|中心)?广场|实验小学|小学|中学|幼儿园|医院|公园|食堂|菜场|菜市场|超市|工地|大厅|窗口|地铁|村口|路口|单元楼|大棚园区)+"
)


# A time of day, a plate, a bus line or floors alone are no place, nor is a crowd (三四十号人).
_NO_PLACE = re.compile(
    r"[0-9一二三四五六七八九十]点(?:[0-9一二三四五六七八九十半钟多]|$)|车牌|^谢?谢?[0-9]{1,3}路$"
    r"|^[0-9一二三四五六七八九十]{1,3}[楼层](?:[跟和与到、][0-9一二三四五六七八九十]{1,3}[楼层](?:中间|之间)?)?$"
)


def is_one(text: str) -> bool:
    """Whether these words name one place (幸福广场), not just a kind of place (健身广场)."""
    return not (_ANY.fullmatch(text) or _NO_PLACE.search(text))


def in_one_piece(text: str, start: int, end: int) -> tuple[int, int]:
    """Of a place that was found at `text[start:end]` of a resident's own words across a blank, the part that names one: what
    ends like a place, else what is longest. Letters that are all set apart stay together."""
    pieces, at = [], start
    for gap in PARTING_BLANK.finditer(text, start, end):
        pieces.append((at, gap.start()))
        at = gap.end()
    best = max([*pieces, (at, end)], key=lambda piece: (_ends_a_place(text[slice(*piece)]), piece[1] - piece[0]))
    return best if best[1] - best[0] > 1 else (start, end)


def _ends_a_place(words: str) -> bool:
    return len(words) > 1 and bool(_ENDS.search(words.lower()))


def settle(text: str, start: int, end: int) -> tuple[int, int]:
    """The settled edges of a place found at `text[start:end]` (normalised text)."""
    start = _without_lead(text, start, end)
    end = _with_tails(text, start, _without_rest(text, start, end))
    if inside := _INSIDE.search(text[start:end]):
        end = start + inside.start()
    if before := _BEFORE.search(text[:start]):
        start = before.start()
    if _CORNER.search(text[start:end]) and (other := _CROSSING.search(text[:start])):
        lead = _NOT_A_NAME.match(other.group())
        start = other.start() + (lead.end() if lead else 0)
    return start, end


def _without_lead(text: str, start: int, end: int) -> int:
    if start and (digits := _REST_OF_NUMBER.match(text, start - 1)):
        start = digits.end()
    if text.startswith("钟", start) and text[start - 1 : start] == "分":  # 四十分钟|沙梨园
        start += 1
    lead = _LEAD.match(text, start, end)
    return lead.end() if lead else start


def _without_rest(text: str, start: int, end: int) -> int:
    """The end without what belongs to the sentence, or to its next word."""
    if cut := _GOES_ON.search(text[start:end]):
        end = start + cut.start()
    if not _ENDS.search(text[start:end]):
        end = _at_a_word(text, start, end)
    if (number := _LONG_NUMBER.search(text, start)) and number.start() < end < number.end():
        end = number.start()
    if slip := _SLIP.search(text[start:end]):
        end = start + slip.start()
    return end - 1 if _NEXT_WORD.match(text, max(start, end - 1)) else end


def _at_a_word(text: str, start: int, end: int) -> int:
    """The end, or where the word begins that it would cut in two."""
    at = 0
    for word in words(text):
        begin, at = text.find(word, at), text.find(word, at) + len(word)
        if at >= end:
            return end if at == end or begin - start < 2 else begin
    return end


def _with_tails(text: str, start: int, end: int) -> int:
    if _OPEN.search(text[start:end]) and text[end : end + 1] in (")", "）"):
        end += 1
    if text[end - 1 : end].isdigit() and text[end : end + 1] == "号":
        end += 1
    for _ in range(_MOST_TAILS):
        tail = _TAIL.match(text, end) or _ROOM.match(text, end) or _SEEN_FROM.match(text, end)
        if not tail:
            break
        end = tail.end()
    return end
