// What the platform sent and got, in the order in which it happened.

import { byId, el } from "../shared/dom.js";

const block = (title, text, note) =>
  el("section.card", {}, el("h3", {}, title), note ? el("p.muted.small", {}, note) : "", el("pre", { tabindex: "0" }, text));

const asXml = (fields) => `<xml>\n${Object.entries(fields).map(([name, value]) => `  <${name}>${value}</${name}>`).join("\n")}\n</xml>`;
const asLines = (query) => Object.entries(query).map(([name, value]) => `${name} = ${value}`).join("\n");

export function showExchange(answer) {
  const status = answer.status ? `HTTP ${answer.status}` : "没有回应";
  byId("exchange").replaceChildren(el("div.steps", {},
    block("1　居民的消息（明文）", asXml(answer.clear), "微信服务器手里的样子"),
    block("2　签名参数", asLines(answer.query), "在地址的问号后面"),
    block("3　发给诉求台的正文（密文）", answer.body, "AES 加密，只有两边能读"),
    block(`4　诉求台的回应（${status}，${answer.ms} 毫秒）`, answer.answer || "（空）", "微信最多等 5 秒"),
    block("5　解密后的被动回复", answer.reply ? asXml(answer.reply) : "没有被动回复：只确认收到，答复走客服接口。", "不占客服消息条数")));
}

export function showDelivery(body) {
  byId("deliveries").prepend(el("li.card", {}, el("h3", {}, `POST /cgi-bin/message/custom/send　${body.msgtype}`), el("pre", { tabindex: "0" }, JSON.stringify(body, null, 2))));
}
