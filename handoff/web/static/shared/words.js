// Short words for staff. The longer ones, said to residents, come from the desk.

export const PRIORITY = { P0: "紧急", P1: "优先", P2: "一般" };
export const CHANNEL = { wechat: "公众号", miniprogram: "小程序", wecom_kf: "微信客服", web: "网页" };
export const SENDER = { resident: "居民", bot: "机器人", human: "工作人员", system: "通知" };
export const REASON = {
  self_harm: "可能轻生",
  violence: "暴力伤害",
  minor: "未成年人受伤害",
  emergency: "紧急危险",
  scam: "正在被骗",
  group_incident: "多人聚集的事",
  privacy: "个人信息",
  corruption: "监督举报",
  bereavement_illness: "亲人去世或重病",
  hardship: "生活困难",
  anger_petition: "一再反映、要上访",
  media: "媒体采访",
  mediation: "双方纠纷，要调解",
  legal_eligibility: "是否符合条件，要人认定",
  cannot_operate: "不方便操作",
  explicit_human: "居民要找人",
  bot_failed: "机器人没听懂",
  ambiguous: "机器人拿不准",
  boundary: "按规定由人办",
  bot_unavailable: "机器人停了",
  not_solved: "居民说没解决",
};
// Who did something, where it was no named person.
export const ACTOR = { bot: "机器人", desk: "系统", resident: "居民" };
const DISPOSITION = { answer: "可以答", register: "只登记", hand_off: "交给人", default: "一般规定" };

/** A rule as the software names it, in words. */
export const ruleInWords = (rule) => rule.replace(/[a-z_]{3,}/g, (name) => REASON[name] ?? DISPOSITION[name] ?? name);
export const OUTCOME_ORDER = ["solved", "done_unconfirmed", "explained", "passed_on", "unreachable", "withdrawn"];
export const CASE_STATE = {
  registered: "已登记",
  accepted: "已受理",
  in_progress: "办理中",
  awaiting_confirmation: "待居民确认",
  closed: "已办结",
};
