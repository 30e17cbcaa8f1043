"""Names of people: with a title, behind a relation, at the end of a message; and what only looks like one."""

import re
from collections.abc import Iterator

_COMPOUND = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|长孙|闻人|宇文|呼延|钟离|南宫|独孤|濮阳|澹台"
    "|羊舌|淳于|万俟|申屠|公冶|宗政|轩辕|鲜于|亓官|赫连|漆雕|拓跋|完颜|纳兰|耶律|乐正"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟"
    "熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施洪季鲁葛柯毕祝骆耿焦宫卞戚阮蓝倪俞翁殷樊柴蒲甄覃褚庞颜牛樊阎"
    "翟臧蒯訾郇荀亢佴邝鞠谌胥虞刁寇苟姬喻荆邸邰阚饶柏嵇"
    "柳符佟苗粟缪瞿敖冀郎裘仇游岳冉屠辛匡邢聂祁闵鲍滕华奚芦尤凌霍窦桂裴牟耿卓娄包甘詹晏栾岑邬伍"
    "昝谯綦庹齐乔隋靳茅屈涂佘郜逄巩苑穆卜宗池仝揭冼仉芮敖阙郦逯亓鄢蔺晁"
)
# Also words of every day: surnames only where a name is sure to follow.
_ALSO_SURNAMES = (
    "易庄章申欧舒纪梅谷管房阳时司吉简景卫应仲惠郁储栗劳皮厉祖漆丰支卿狄宣晋容伏鹿雍辜羊赫杭印茹慕衡"
    "成水年解左常燕井尚党席麻明计车米安文关项盛班古单温冷商边官宁兰尧从农充楚荣权双封戈巫利曲艾海满敬沙桑占来费童谈"
)
_LONG_TITLES = (
    "师母|师娘|先生|女士|小姐|大爷|大妈|大娘|大叔|大伯|大婶|大嫂|大姐|大哥|阿姨|叔叔|伯伯|伯父|伯母|奶奶|爷爷|婆婆|老伯|老太太|老太|老爷子|老汉|阿婆|阿公|嬢嬢|孃孃|姑娘|同学|"
    "师傅|师父|老师|医生|大夫|护士|律师|警官|记者|教练|主任|书记|经理|队长|局长|所长|科长|处长|镇长|乡长|村长|组长|站长|园长|院长|校长|会计|支书|主席|科员|干事|老板娘|老板"
)
_TITLES = rf"{_LONG_TITLES}|总(?![是算共有得要归站之])|姐|哥|叔|婶|姨|伯|嫂|爷|婆|奶|妈"
# Any character but those that make a sentence go on (两周|了同学, 钱|归队长, 邱|把我妈).
_GIVEN = "[^\\W了被把的啊是我他她你您在给请归说看跟到和与就也都又没不有改要让做0-9a-zA-Z]"
# 师傅们 are a trade, not a person; 崔工 is an engineer, 施工 is work.
_TITLED = re.compile(
    rf"(?!谢谢)(?:{_COMPOUND}|(?<![谢主责信前上下两每值一二三几这那收花要交给编课流高姓])[{_SURNAMES}]|(?<=谢谢)[{_SURNAMES}]|(?<=主任)[{_SURNAMES}]"
    rf"|[小老][{_SURNAMES}](?=师[傅父]|护士|姑娘|同学|警官|医生))"
    rf"(?:{_GIVEN}{{0,2}}?(?:{_TITLES})(?!们)|某{{1,2}}(?![个些天人年月日事种处地位])|(?<![施员开完竣])工(?=[他说来讲，。,.、：:]|$))"
)
_NAMED = re.compile(
    rf"(?:我叫|名叫|名字[是叫：:]{{0,2}}|姓名[是：:，]*|本人|联系人[是：:，]*|申请人[是：:，]*|收款人[是：:，]*|户名[是：:，]*|打到[：:]|"
    rf"户主[是：:，]*|车主[是：:，]*|叫做|叫|我是|患者|我儿子|我女儿|我妈|我爸|老伴|店长|经理|护工|保安|保洁|房东|村民|社员)"
    rf"[\"“「『]?((?:{_COMPOUND}|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}})"
    rf"(?=[，。,.！!；;、:：（(\s\"”」』]|$|的|住|今年|身份证|电话|手机|男|女|\d|说|当着)"
)
# A relation and a whole name: 孩子魏一凡2019年…, 代我爸段永福问一声, 落款苗庆年.
_RELATIVE = re.compile(
    rf"(?:孩子|宝宝|[小大][舅姨]子|[姐妹]夫|[侄孙]子|侄女|外甥女?|落款|签名|签字|妻子|丈夫|老公|老婆|儿子|女儿|闺女|孙子|孙女|外孙女?|父亲|母亲|爷爷|奶奶|外婆|外公|[我他她俺][爸妈哥姐弟妹爷奶舅姑]|公公|婆婆|岳父|岳母|丈人|丈母娘|姑[妈姑]|姨妈|舅[舅妈]|[表堂][哥姐弟妹]|嫂子|弟媳|儿媳|女婿|卡主|户主|业主|法人|经办人|兄弟|弟弟|哥哥|姐姐|妹妹)"
    rf"((?:{_COMPOUND}){_GIVEN}{{1,2}}|[{_SURNAMES}{_ALSO_SURNAMES}]{_GIVEN}{{2}})(?=[，。,.、 ]|$|[0-9]|问|说|今年|瘫|得了|住|的|病|患|去世|走失|身份证|电话)"
)
# 名字 olga petrova: folded, so that its capitals are gone.
_FOREIGN = re.compile(
    r"(?:名字[是叫：: ]*|姓名[是：: ]*|[我他她生太夫]叫 ?|我是 ?)([a-z][a-z'’.-]+(?: [a-z][a-z'’.-]+){1,3})(?![a-z@_0-9])"
)
# In a list: 张磊 138…，汪静 139…; 我卖豆腐的老伍136…
_BEFORE_A_NUMBER = re.compile(
    rf"(?<![\u4e00-\u9fff])((?:[老小][{_SURNAMES}]|(?:{_COMPOUND}|[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}))"
    rf"(?=[ ，,：:]{{0,2}}(?:1[3-9]\d|一[三四五六七八九][零〇一二三四五六七八九]))|([老小][{_SURNAMES}])(?=[ ，,：:]{{0,2}}1[3-9]\d{{9}})"
)
# 那个小马, 我是老伍
_FAMILIAR = re.compile(rf"(?:那个|找|我是|喊|叫)([老小][{_SURNAMES}])(?=[，。,.、 说讲太他她给管]|$)")
# Who signs last, behind a blank: 丰泽园6-2-301 尚佳慧
_SIGNED_LAST = re.compile(
    rf"(?<=[\w）]\s)((?:{_COMPOUND}|[{_SURNAMES}{_ALSO_SURNAMES}干查佴]){_GIVEN}{{1,2}})[。.!！]?$"
)
# Who signs with no more than a number or an address: …@example.cn，龚斌
_SIGNED_BEHIND_A_CONTACT = re.compile(
    rf"(?:1[3-9]\d{{9}}|@[a-z0-9.-]{{4,}})[，,。 ]{{0,2}}((?:{_COMPOUND}|[{_SURNAMES}{_ALSO_SURNAMES}]){_GIVEN}{{1,2}}|[老小][{_SURNAMES}])[。.!！]?$"
)
# Rare surnames with a title, where a clause begins or a person is spoken of: 社区|查书记, 我同|麻婆婆.
_RARELY_TITLED = re.compile(
    rf"(?:^|[，。,. 0-9]|社区|村里|我[同跟和找]|[喊叫]?我们|俺们)(?!班主任|水师傅|车师傅|商会长|党书记|文书记员|计老师)"
    rf"([{_ALSO_SURNAMES}查干](?:{_LONG_TITLES}))(?!们)"
)
# Who signs first and adds a number: 石磊磊，2003年5月生，…; later on the number must be near. 我石磊磊，…
_SIGNED = re.compile(
    rf"^((?:{_COMPOUND}|[{_SURNAMES}])[\u4e00-\u9fff]{{2}})[，,：: ](?=.*\d{{4}})"
    rf"|(?<=[，。,、 ])((?:{_COMPOUND}|[{_SURNAMES}]){_GIVEN}{{2}})[，,：: ](?=[^，。,]{{0,12}}\d{{3}})"
    rf"|(?<![\u4e00-\u9fff])((?!东方)(?:{_COMPOUND}){_GIVEN}{{1,2}})(?=[，。,.、 ]|$)"
    rf"|(?<![\u4e00-\u9fff])我((?:{_COMPOUND}|[{_SURNAMES}水成]){_GIVEN}{{2}})(?=[，, ])"
)
_NOT_NAMES = re.compile(
    r"^(?:卫[生视浴星]|管[理道网事]|应[该急当]|容易|房[子屋间东产租客]|时[间候常不]|司机|简[单直历介]|景[区色]|阳[台光]|申[请报]|欧洲|易[燃]|庄[稼家]|章程|梅[花雨]|谷[子物]|劳[动务保]|皮[肤鞋]|丰[收富]|宣传|伏[天]|印[章花刷象]|储[蓄存]|厉害|支[付持]|舒[服心]|纪[念检律委]|吉[他祥]|"
    r"谢谢|干[着什嘛等啥看]|查[无清明一查收看]|小名|小米|李宁|高总|金老师傅|[马石]大(?![爷妈娘叔伯婶嫂姐哥夫])|万总|方老(?![师板])|方才|费用|童年|江大爷大妈|王八|毛总|向总|于总|白天|马上|高中|高考|金额|石头|江边|安全|周边|周末|周围|"
    r"方便|方面|万一|向你|向社|和|时候|成天|车|许多|何时|高龄|高楼|高层|温度|康复|白酒|黄色|黄土|金融|石油|毛病|段时|程序|任何|余额|于是|严重|莫名|毕业|高烧|高[一二三]|高血|高位|焦虑|白内障|凌晨|包[红粽子]|谢各|关机|孙[子女]|钟[点表]|施工|金店|小囡|娘老子|老子)"
)
# Who sells something under a name is not meant by it: 老王烧烤.
_BUSINESS = re.compile(
    r"水电维修|洗车|快餐|凉茶|驴肉|牛肉面|拉面|米粉|羊肉?汤|卤味|[^，。]{0,2}太极|烧烤|火锅|饭[店馆庄]|面馆|超市|便利|诊所|药[店房]|早[餐点]|包子|烧饼|麻辣|理发|美发|五金|水果|熟食|批发|小吃|[店铺牌]|买的|金店|珠宝"
)
_QUOTES = ('"', "“", "「", "『")
_REST_OF_A_SIGN = re.compile(
    r"\w{0,4}(?:[店铺屋馆坊行楼吧]|洗车|修车|快餐|凉茶|美[发容]|养生|推拿|主题)\w{0,3}[\"”」』]"
)
# Also ordinary words; a name of three characters may still begin with them.
_RARELY_NAMES = re.compile(r"^(?:常|牛|武)(?![\u4e00-\u9fff]{2}$)")
# A name with its title, when more was marked: 董师傅大半夜.
_NAME_AND_TITLE = re.compile(rf"(?:{_COMPOUND}|[老小阿大]?[{_SURNAMES}])[\u4e00-\u9fff]{{0,2}}?(?:{_LONG_TITLES})")
_ONE_SURNAME = re.compile(rf"(?!{_COMPOUND})[{_SURNAMES}{_ALSO_SURNAMES}][\u4e00-\u9fff]{{3}}")
_SOMEBODY = re.compile(rf"[{_SURNAMES}]某{{1,2}}")  # 裘某虚报: what follows is no part of it


_PATTERNS = (
    _TITLED,
    _NAMED,
    _RELATIVE,
    _FAMILIAR,
    _FOREIGN,
    _BEFORE_A_NUMBER,
    _RARELY_TITLED,
    _SIGNED_BEHIND_A_CONTACT,
    _SIGNED,
)


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yields (start, end) in normalised text."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            if could_be_name(text[start:end]) and not is_a_business(text, start, end):
                yield start, end


def find_signature(text: str) -> Iterator[tuple[int, int]]:
    """The name of who signs at the end of a message in the resident's own words, where a blank still stands before it."""
    if (signed := _SIGNED_LAST.search(text)) and could_be_name(signed[1]):
        yield signed.span(1)


def could_be_name(words: str) -> bool:
    """Not a title alone (小姐), nor the start of an ordinary word."""
    if len(words) < 2 or re.fullmatch(_TITLES, words) or re.fullmatch("..?[庄村屯寨湾坡坝巷街路里坪冲坎]|.氏", words):
        return False
    return not (_NOT_NAMES.match(words) or _RARELY_NAMES.match(words))


def name_within(words: str) -> tuple[int, int]:
    """Where in words that were marked as a name the name itself stands: no quotes around it, nothing behind its title."""
    start = len(words) - len(words.lstrip("\"'“”‘’「」『』，,。.、 "))
    end = len(words.rstrip("\"'“”‘’「」『』，,。.、 "))
    end = max(start, end)
    titled = _NAME_AND_TITLE.match(words, start, end) or _SOMEBODY.match(words, start, end)
    if not titled and _ONE_SURNAME.fullmatch(words, start, end):
        end -= 1  # 单丽华|冒: a name has two characters behind a surname of one
    return start, titled.end() if titled else end


def is_a_business(text: str, start: int, end: int) -> bool:
    """老王烧烤 is not 老王, nor "孙大圣洗车屋" 孙大圣."""
    return bool(_BUSINESS.match(text, end) or (text[start - 1 : start] in _QUOTES and _REST_OF_A_SIGN.match(text, end)))
