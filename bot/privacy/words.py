"""Personal data that is made of words: names with a title, health tied to a person, an address down to the door."""

import re
from collections.abc import Iterator

_COMPOUND = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|长孙|闻人|宇文|呼延|钟离|南宫|独孤|濮阳|澹台"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟"
    "熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施洪季鲁葛柯毕祝骆耿焦宫卞戚阮蓝倪俞翁殷樊柴蒲甄覃褚庞颜牛樊阎"
    "翟臧蒯訾郇荀亢佴邝鞠谌胥虞刁寇苟姬喻荆邸邰阚饶柏嵇"
    "柳符佟苗粟缪瞿敖冀郎裘仇游岳冉屠辛匡邢聂祁闵鲍滕华奚芦尤凌霍窦桂裴牟耿卓娄包甘詹晏栾岑邬伍"
    "齐乔隋靳茅屈涂佘郜逄巩苑穆卜宗池仝揭冼仉芮敖阙郦逯亓鄢蔺晁"
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
    rf"(?:孩子|宝宝|[小大][舅姨]子|[姐妹]夫|[侄孙]子|侄女|外甥女?|落款|签名|签字|妻子|丈夫|老公|老婆|儿子|女儿|闺女|孙子|孙女|外孙女?|父亲|母亲|爷爷|奶奶|外婆|外公|[我他她俺][爸妈哥姐弟妹爷奶舅姑]|兄弟|弟弟|哥哥|姐姐|妹妹)"
    rf"((?:{_COMPOUND}|[{_SURNAMES}{_ALSO_SURNAMES}]){_GIVEN}{{2}})(?=[，。,.、 ]|$|[0-9]|问|说|今年|瘫|得了|住|的|病|患|去世|走失|身份证|电话)"
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
    r"烧烤|火锅|饭[店馆庄]|面馆|超市|便利|诊所|药[店房]|早[餐点]|包子|烧饼|麻辣|理发|美发|五金|水果|熟食|批发|小吃|[店铺牌]|买的|金店|珠宝"
)
# Also ordinary words; a name of three characters may still begin with them.
_RARELY_NAMES = re.compile(r"^(?:常|牛|武)(?![\u4e00-\u9fff]{2}$)")

_DISEASES = (
    r"(?:乳腺|肝|肺|胃|肠|直肠|结肠|食道|食管|宫颈|胰腺|甲状腺|前列腺|鼻咽|膀胱|卵巢|淋巴|骨|喉|血)癌(?:早期|中期|晚期|末期)?|癌症(?:早期|中期|晚期|末期)?|"
    r"(?:脑|肝|肺|胃|恶性|良性)?肿瘤|白血病|尿毒症|糖尿病(?:足|肾病)?|高血压|冠心病|心脏病|心梗|心肌梗[死塞]|心衰|脑梗[死塞]?|脑出血|脑溢血|脑瘫|脑瘤|中风|偏瘫|截瘫|"
    r"高位截瘫|瘫痪(?:在床)?|瘫在(?:床上|床)|卧床(?:不起)?|半身不遂|老年痴呆症?|老年痴呆|阿尔茨海默(?:症|病)?|帕金森(?:症|病)?|癫痫|羊癫疯|羊角风|精神分裂症?|双相(?:情感)?障碍|抑郁症?|焦虑症|躁郁症|自闭症|孤独症|多动症|"
    r"红斑狼疮|类风湿(?:性?关节炎)?|肾病综合征|肾衰竭?|肝硬化|乙肝|丙肝|艾滋病?|肺结核|尘肺病?|矽肺|慢阻肺|哮喘|肺气肿|股骨头坏死|腰椎间盘突出|骨折|骨裂|血友病|渐冻症|肌无力|"
    r"小儿麻痹(?:症)?|神经衰弱|呼吸衰竭|(?:肢体|视力|听力|智力|精神|言语)[一二三四]级残疾|脑萎缩|白内障|青光眼|唐氏综合[征症]|先天性?心脏病|[一二三四]级(?:肢体|视力|听力|智力|精神|言语|多重)?(?:残疾|伤残|残)|(?:肢体|视力|听力|智力|精神|言语)残疾|"
    r"hiv阳性|怀孕(?:[一二两三四五六七八九十\d]+个?多?月)|怀[着了]?[一二两三四五六七八九十\d]+个多?月|孕妇|流产|坐(?:着)?轮椅|聋哑(?:人)?|失明|双目失明|截肢|透析|血透|化疗|放疗|植物人|搭桥|支架|心脏起搏器|乳腺癌|植皮|偏瘫"
)
_HEALTH = re.compile(rf"(?:双侧|[左右]侧|先天性|系统性|过敏性|急性|慢性|重度|中度|轻度|老年性?)?(?:{_DISEASES})")
_SOMEONE = re.compile(
    r"我|俺|咱|本人|他|她|老人|孩子|小孩|娃|老伴|老公|老婆|丈夫|妻子|爱人|媳妇|儿子|女儿|闺女|[爸妈爹娘爷婆公]|(?<![牛羊])奶(?![粉茶牛制])|父亲|母亲|邻居|亲戚|大爷|大妈|同事|朋友|患者|病人|得了|确诊|患有|查出"
)

# What anybody may have: it points to nobody.
_PASSING = re.compile(
    r"不好|不舒服|手术$|耳背|眼花|感冒|咳嗽|发烧|头[晕疼痛]|[腰腿肚牙嗓]子?[疼痛]|睡不[着好]|近视|腿脚|拄拐|走不动|体弱|年纪大|失眠|神经病|不行$|(?<!脑)(?<!胃)出血$"
)
# A name with its title, when more was marked: 董师傅大半夜.
_NAME_AND_TITLE = re.compile(rf"(?:{_COMPOUND}|[老小阿大]?[{_SURNAMES}])[\u4e00-\u9fff]{{0,2}}?(?:{_LONG_TITLES})")
_ONE_SURNAME = re.compile(rf"(?!{_COMPOUND})[{_SURNAMES}{_ALSO_SURNAMES}][\u4e00-\u9fff]{{3}}")
_SOMEBODY = re.compile(rf"[{_SURNAMES}]某{{1,2}}")  # 裘某虚报: what follows is no part of it
_SENTENCE_GOES_ON = re.compile(r"[咯哒啦呢喽做动住开要就也还都]|[一二两三四五六七八九十0-9]+[来多几]?[年个]?")
_DEVICE = re.compile(r"呼吸机|制氧机|氧气|助听器|轮椅$|拐杖|假肢|护理床")
# What is said of an illness in general, after it and before it.
_GENERAL_AFTER = re.compile(
    r"的(?:照样|也|都|上不|进不|过不)|[的等]?(?:(?:困难|特困)?(?:餐|食|药|用药|药品|人群|患者|病人|人士|人员?|的人|儿童|老人|家庭|军人)|(?:生活|护理|两项|专项|大病)*(?:补贴|补助|津贴|救助|评定|鉴定|证)|"
    r"义诊|门诊|的?慢病(?!卡)|关爱日?|建档|筛查|疫苗|第?[一二三四两]针|检查|体检|讲座|知识|科普|预防|防治|报销|病种|属于|算不算|能不能|怎么|怎样|咋)"
)
_GENERAL_BEFORE = re.compile(r"(?:[快要]|治好?|治疗|防|预防|防治|骂|包治|叫做?|关于|什么|哪些|如果|比如|得过?)$")
# How far before an illness its bearer is looked for, in characters.
_NEAR = 14

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
    r".*(?:(?:[栋幢座楼元#-]|号院)[，, ]?[0-9]{3,4}(?:[室号](?![楼院]))?|(?<=[\u4e00-\u9fff]{3})(?<!国道)[1-9][0-9]{2,3}|[0-9]{1,4}(?:室|号房)|[0-9]{1,2}[-－][0-9]{1,2}[-－][0-9]{1,4})(?![0-9-]|[号路栋幢座])"
)
_STREET_NUMBER = re.compile(
    rf".*[\u4e00-\u9fff甲乙丙][{_NUMERAL}]{{1,5}}号(?![栋幢座库线院口地铁站桌窗摊厅机井桥位售出路]|楼(?![下顶])|门(?![面口前外槛]))"
    r"(?:的?[0-9]{3,4}室?|之[0-9]{1,2}|[甲乙丙丁](?!栋|座)|[0-9一二三四五六七八九]{1,2}[楼层]|院?[东西南北]厢?[房屋])?"
)
_NOT_A_HOME = re.compile(
    r"院(?![0-9东西南北])|口|院?(?:[楼栋幢座库]|[门路巷]口|门[前面外]|底商|商铺|店|铺|旁|对面|附近)"
)
_PLACE_END = "邸|路|街|巷|胡同|弄|大道|里|村|屯|庄|寨|湾|小区|社区|花园|家园|苑|园|城|府|庭|居|公寓|大厦|新村|嘉园|佳苑|院|楼|坊|公馆|宿舍|组|队"
_ADDRESS = re.compile(
    rf"[\u4e00-\u9fffa-z0-9]{{1,24}}?(?:{_PLACE_END}|(?<=[\u4e00-\u9fff]{{2}})(?=[0-9]{{1,3}}(?:号楼|栋|幢|座)))[，,\s]?{_DOOR}(?:[-－]\d{{1,4}}){{0,3}}"
)
_BEFORE_ADDRESS = re.compile(
    r".*(?:[0-9x]{7}|那个|住在|家住|住址[是：:]*|地址[是：:]*|位于|搬到|送到|我住|租住|家在|就在|我们是|我是|我家是|这里是|这边是|来自|上门到|在|是|到|把|给|我们|我家|住|的|了|，)(?=.{2})"
)

Found = tuple[str, int, int]


def find(text: str) -> Iterator[Found]:
    """Yields (kind, start, end) in normalised text; kinds: name, health, address."""
    for match in _TITLED.finditer(text):
        if could_be_name(match.group()):
            yield "name", *match.span()
    for pattern in (_NAMED, _RELATIVE, _FAMILIAR, _BEFORE_A_NUMBER, _RARELY_TITLED, _SIGNED_BEHIND_A_CONTACT):
        named = ((match, match.lastindex or 1) for match in pattern.finditer(text))
        yield from (("name", *match.span(group)) for match, group in named if could_be_name(match[group]))
    for match in _SIGNED.finditer(text):
        if could_be_name(match[match.lastindex]):
            yield "name", *match.span(match.lastindex)
    yield from (("health", *match.span()) for match in _HEALTH.finditer(text) if is_someones(text, *match.span()))
    for match in _ADDRESS.finditer(text):
        lead = _BEFORE_ADDRESS.match(match.group())
        start = match.start() + (lead.end() if lead else 0)
        if match.end() - start >= 4 and (_ROOM.search(match.group()) or not _NOT_A_HOME.match(text, match.end())):
            yield "address", start, match.end()


def find_signature(text: str) -> Iterator[Found]:
    """The name of who signs at the end of a message in the resident's own words, where a blank still stands before it."""
    if (signed := _SIGNED_LAST.search(text)) and could_be_name(signed[1]):
        yield "name", *signed.span(1)


def could_be_name(words: str) -> bool:
    """Not a title alone (小姐), nor the start of an ordinary word."""
    if len(words) < 2 or re.fullmatch(_TITLES, words) or re.fullmatch("..?[庄村屯寨湾坡坝巷街路里坪冲坎]", words):
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


def is_a_business(text: str, end: int) -> bool:
    """老王烧烤 is not 老王."""
    return bool(_BUSINESS.match(text, end))


def is_illness(words: str) -> bool:
    """A condition that tells something about somebody: not the device that goes with it, not what anybody may have."""
    return not _DEVICE.search(words) and not _PASSING.search(words)


def is_someones(text: str, start: int, end: int) -> bool:
    """An illness belongs to somebody named shortly before it, in the same sentence; and to somebody who is not named (七十六，
    股骨头坏死), unless it is spoken of in general (糖尿病餐, 能治癌症)."""
    before = re.split(r"[。！？]", text[max(0, start - _NEAR) : start])[-1]
    return bool(_SOMEONE.search(before)) or not (_GENERAL_AFTER.match(text, end) or _GENERAL_BEFORE.search(before))


def door(text: str, start: int, end: int) -> int:
    """Where the address down to somebody's door ends in a place `text[start:end]` that was marked (normalised text): at a room,
    or at a street number unless what is told of stands before it: a lamp, a tree, a shop. `start` when it reaches to no door.
    """
    room, street = _ROOM_OF_A_PLACE.match(text, start, end), _STREET_NUMBER.match(text, start, end)
    if street and _NOT_A_HOME.match(text, street.end()):
        street = None
    return max((found.end() for found in (room, street) if found), default=start)


def illness_within(words: str) -> tuple[int, int]:
    """Where in words that were marked as an illness it stands: nothing of the sentence behind it (肝癌|做手术, 高血压|二十年)."""
    known = list(_HEALTH.finditer(words))
    if known and _SENTENCE_GOES_ON.fullmatch(words, known[-1].end()):
        return 0, known[-1].end()
    return 0, len(words)
