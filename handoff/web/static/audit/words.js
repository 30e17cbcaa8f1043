// The audit log in words.

export const ACTIONS = {
  login: "登录",
  user_add: "新增账号",
  user_disable: "停用账号",
  user_enable: "恢复账号",
  user_password: "换密码",
  user_skills: "改技能",
  view_conversation: "看对话",
  view_messages: "看新消息",
  view_case: "看工单",
  list_cases: "列工单",
  export_cases: "导出工单",
  list_promises: "列承诺",
  view_phone: "看电话号码",
  task_done: "办完待办",
  task_reopened: "撤销办完",
  call_tried: "打了没接通",
  call_untried: "撤销没接通",
  view_attachment: "看附件",
  view_audit: "看审计日志",
  file_case: "代办登记",
  edit_case: "改工单",
  edit_category: "改类别",
  route: "改归属",
  transfer: "转给同事",
  take_over: "接管",
  taken_in_client: "平台客户端里接走",
  promise: "记承诺",
  promise_kept: "承诺做到了",
  link_offer: "发关联码",
  link: "居民确认关联",
  unlink: "取消关联",
  boundary_propose: "提出改边界",
  boundary_approve: "批准改边界",
  boundary_reject: "退回改边界",
  purge_chats: "清除聊天",
  erase_resident: "按居民要求清除",
  export_all: "导出全部数据",
  import_all: "导入全部数据",
};
const NAMES = {
  after: "第几条以后", area: "社区", before: "什么时候以前", conversations: "对话", filters: "条件", format: "格式", from: "从",
  rows: "行数", in_work: "还在办的", kind: "哪一步", left: "该删没删的", links: "关联", messages: "消息", promise: "承诺", reason: "原因",
  role: "角色", sealed: "密件", shown: "列出", skills: "技能", task: "待办", to: "改为", with: "对话", inbound: "原始报文",
  outbox: "发件", tasks: "待办", call_tries: "没接通的电话", since: "从", until: "到", open: "没办结", due_before: "期限早于", type: "类型",
  category: "类别", status: "状态", outcome: "结果", numbers: "编号", broken: "没有做到", said_by: "谁答应的",
  events: "机器人的记忆", attachments: "附件", attachment_parts: "附件的片段", cases: "工单", promises: "承诺",
  link_codes: "关联码", pages: "呼叫",
};

/** `{area: "幸福社区", shown: 3}` as "社区 幸福社区，列出 3"; what is in brackets in brackets. */
export function detailInWords(detail) {
  const said = (value) => (value === null ? "无" : Array.isArray(value) ? value.join("、") || "无" : typeof value === "object" ? `（${detailInWords(value)}）` : String(value));
  return Object.entries(detail ?? {}).map(([name, value]) => `${NAMES[name] ?? name} ${said(value)}`).join("，") || "—";
}
