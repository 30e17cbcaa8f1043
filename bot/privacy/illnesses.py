"""Illnesses, disabilities and pregnancies of somebody; not those that are spoken of in general."""

import re
from collections.abc import Iterator

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
_SENTENCE_GOES_ON = re.compile(r"[咯哒啦呢喽做动住开要就也还都]|[一二两三四五六七八九十0-9]+[来多几]?[年个]?")
_DEVICE = re.compile(r"呼吸机|制氧机|氧气|助听器|轮椅$|拐杖|假肢|护理床")
# What is said of an illness in general, after it and before it.
_GENERAL_AFTER = re.compile(
    r"的(?:照样|也|都|上不|进不|过不)|[的等]?(?:(?:困难|特困)?(?:餐|食|药|用药|药品|人群|患者|病人|人士|人员?|的人|儿童|老人|家庭|军人)|(?:生活|护理|两项|专项|大病)*(?:补贴|补助|津贴|救助|评定|鉴定|证)|"
    r"[、和]?(?:高血压|糖尿病|孕妇)?慢病户|义诊|门诊|的?慢病(?!卡)|关爱日?|建档|筛查|疫苗|第?[一二三四两]针|检查|体检|讲座|知识|科普|预防|防治|报销|病种|属于|算不算|能不能|怎么|怎样|咋)"
)
_GENERAL_BEFORE = re.compile(
    r"(?:[快要]|治好?|治疗|防|预防|防治|骂|包治|叫做?|关于|讲|(?:所有|凡是|各种|每个)[^，。]{0,8}|什么|哪些|如果|比如|得过?)$"
)
# How far before an illness its bearer is looked for, in characters.
_NEAR = 14


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yields (start, end) in normalised text."""
    return (match.span() for match in _HEALTH.finditer(text) if is_someones(text, *match.span()))


def is_illness(words: str) -> bool:
    """A condition that tells something about somebody: not the device that goes with it, not what anybody may have."""
    return not _DEVICE.search(words) and not _PASSING.search(words)


def is_someones(text: str, start: int, end: int) -> bool:
    """An illness belongs to somebody named shortly before it, in the same sentence; and to somebody who is not named (七十六，
    股骨头坏死), unless it is spoken of in general (糖尿病餐, 能治癌症)."""
    before = re.split(r"[。！？]", text[max(0, start - _NEAR) : start])[-1]
    return bool(_SOMEONE.search(before)) or not (_GENERAL_AFTER.match(text, end) or _GENERAL_BEFORE.search(before))


def illness_within(words: str) -> tuple[int, int]:
    """Where in words that were marked as an illness it stands: nothing of the sentence behind it (肝癌|做手术, 高血压|二十年)."""
    known = list(_HEALTH.finditer(words))
    if known and _SENTENCE_GOES_ON.fullmatch(words, known[-1].end()):
        return 0, known[-1].end()
    return 0, len(words)
