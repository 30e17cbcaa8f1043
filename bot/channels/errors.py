"""What the platforms' error codes ask of us: try again, renew the token, or give the message to a person.

Sources: https://developers.weixin.qq.com/doc/oplatform/Return_codes/Return_code_descriptions_new.html and
https://developer.work.weixin.qq.com/document/path/90313
"""

from __future__ import annotations

from bot.channels.message import GIVE_TO_PERSON, REFRESH_TOKEN, RETRY, Disposition, SendFailure, Why

ERRORS: dict[int, tuple[Disposition, str]] = {
    -1: (RETRY, "平台繁忙，稍后自动重试"),
    40001: (REFRESH_TOKEN, "接口凭证或 AppSecret 无效"),
    40014: (REFRESH_TOKEN, "接口凭证无效"),
    42001: (REFRESH_TOKEN, "接口凭证已过期"),
    42007: (REFRESH_TOKEN, "接口凭证已失效"),
    45009: (RETRY, "接口调用次数达到上限，稍后自动重试"),
    45011: (RETRY, "接口调用太频繁，稍后自动重试"),
    45033: (RETRY, "同时调用太多，稍后自动重试"),
    40003: (GIVE_TO_PERSON, "居民的账号标识无效，消息送不到"),
    40007: (GIVE_TO_PERSON, "附件编号无效或已超过三天保存期"),
    40013: (GIVE_TO_PERSON, "AppID 或企业 ID 无效，请管理员检查账号配置"),
    40096: (GIVE_TO_PERSON, "居民的外部联系人编号无效，消息送不到"),
    40125: (GIVE_TO_PERSON, "AppSecret 无效，请管理员检查账号配置"),
    40164: (GIVE_TO_PERSON, "服务器地址不在平台白名单内，请管理员添加"),
    60020: (GIVE_TO_PERSON, "服务器地址不在平台可信 IP 内，请管理员添加"),
    40037: (GIVE_TO_PERSON, "模板编号无效，请管理员检查 template_id"),
    41030: (GIVE_TO_PERSON, "通知里的页面地址无效，请管理员检查 template_page"),
    43101: (GIVE_TO_PERSON, "居民没有订阅通知，或已拒收"),
    47003: (GIVE_TO_PERSON, "通知内容与模板不符，请管理员检查 template_data"),
    40200: (GIVE_TO_PERSON, "该账号不支持按钮菜单"),
    40243: (GIVE_TO_PERSON, "AppSecret 已被冻结，请管理员处理"),
    43004: (GIVE_TO_PERSON, "居民已取消关注，消息送不到"),
    45002: (GIVE_TO_PERSON, "消息太长，平台不收"),
    45008: (GIVE_TO_PERSON, "图文条数超过限制"),
    45015: (GIVE_TO_PERSON, "超过平台允许的回复时间，或居民已取消关注"),
    45047: (GIVE_TO_PERSON, "平台允许的回复条数已用完，要等居民再发消息"),
    45072: (GIVE_TO_PERSON, "输入状态指令有误"),
    45080: (GIVE_TO_PERSON, "居民最近没有互动，不能显示输入状态"),
    45081: (GIVE_TO_PERSON, "已在显示输入状态"),
    48001: (GIVE_TO_PERSON, "该账号没有客服消息接口权限，请管理员在平台开通"),
    48002: (GIVE_TO_PERSON, "接口无权限，或居民已拒收消息"),
    48004: (GIVE_TO_PERSON, "该账号的接口已被平台封禁"),
    50002: (GIVE_TO_PERSON, "居民的账号受限，消息送不到"),
    65400: (GIVE_TO_PERSON, "该账号没有开通客服功能"),
    95000: (GIVE_TO_PERSON, "微信客服账号编号无效，请管理员检查 open_kfid"),
    95001: (GIVE_TO_PERSON, "这位居民的 5 条回复已用完，要等居民再发消息"),
    95002: (GIVE_TO_PERSON, "超过平台允许的 48 小时，要等居民再发消息"),
    95003: (GIVE_TO_PERSON, "企业尚未验证，可接待的客户咨询数已到上限，请管理员在平台验证企业"),
    95004: (GIVE_TO_PERSON, "微信客服账号不存在，请管理员检查 open_kfid"),
    95007: (RETRY, "拉取消息的凭据无效，等下一次通知"),
    95011: (GIVE_TO_PERSON, "微信客服的接待方式不允许用接口收发消息，请管理员检查设置"),
    95012: (GIVE_TO_PERSON, "微信客服尚未授权给本应用，请管理员检查设置"),
    95013: (GIVE_TO_PERSON, "会话已结束，要等居民再发消息"),
    95014: (GIVE_TO_PERSON, "所选接待人员不在接待状态"),
    95016: (GIVE_TO_PERSON, "会话现在的状态不允许这样变更"),
    95017: (GIVE_TO_PERSON, "微信客服接口没有开启，请管理员检查设置"),
    95018: (GIVE_TO_PERSON, "会话在企业微信的待接入池里排队、由那边接待或已结束，不能从这里发送（未认证企业也会这样）"),
}

# msg_send_fail of 微信客服 arrives later, as an event: errcode 0 was not yet delivery.
SEND_FAIL_TYPES: dict[int, str] = {
    0: "原因不明",
    1: "微信客服账号已被删除",
    2: "应用已关闭",
    4: "超过 48 小时，平台不再允许发送",
    5: "会话已结束",
    6: "超过 5 条，平台不再允许发送",
    7: "没有绑定视频号",
    8: "企业尚未认证",
    9: "没有绑定视频号且企业尚未认证",
    10: "居民拒收客服消息",
}


# What some of them say of the resident, so that the desk knows no platform's numbers.
WHY: dict[int, Why] = {
    **dict.fromkeys((45015, 45047, 95001, 95002, 95013), "window"),
    **dict.fromkeys((40003, 40096, 43004, 43101, 48002, 50002), "gone"),
    95018: "elsewhere",
}
# The same for `SEND_FAIL_TYPES`.
SEND_FAIL_WHY: dict[int, Why] = {**dict.fromkeys((4, 5, 6), "window"), 10: "gone"}


def failure(code: int) -> SendFailure:
    """The failure for a platform error code; an unknown code is for a person, with the code named."""
    if code not in ERRORS:
        return SendFailure(GIVE_TO_PERSON, code, f"平台返回未知错误 {code}", "unnamed")
    disposition, reason = ERRORS[code]
    return SendFailure(disposition, code, reason, WHY.get(code, ""))
