// Times as people in China say them, wherever the browser is.

const ZONE = "Asia/Shanghai";
const CLOCK = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, month: "long", day: "numeric" }); // 11月28日
const ISO_DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE });
const YEAR_AND_DAY = new Intl.DateTimeFormat("zh-CN", { timeZone: ZONE, year: "numeric", month: "long", day: "numeric" });

/** "2026-03-01" in China. */
export const isoDay = (at) => ISO_DAY.format(at);

/** "09:30", with the day before it when that is not today. */
export function clock(iso) {
  const at = new Date(iso);
  const time = CLOCK.format(at);
  return isoDay(at) === isoDay(new Date()) ? time : `${DAY.format(at)} ${time}`;
}

/** "11月28日 09:30", with the year where it is not this one. */
export function moment(iso) {
  if (!iso) return "";
  const at = new Date(iso);
  const thisYear = isoDay(at).slice(0, 4) === isoDay(new Date()).slice(0, 4);
  return `${(thisYear ? DAY : YEAR_AND_DAY).format(at)} ${CLOCK.format(at)}`;
}

/** How long ago, in words: "刚刚", "8 分钟", "3 小时 5 分", "2 天". */
export function since(iso) {
  const minutes = Math.floor((Date.now() - new Date(iso)) / 60000);
  if (minutes < 1) return "刚刚";
  if (minutes < 60) return `${minutes} 分钟`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} 小时 ${minutes % 60} 分` : `${Math.floor(hours / 24)} 天`;
}

/** Waiting time that ticks: seconds in the first hour. */
export function waited(iso) {
  const seconds = Math.max(0, Math.floor((Date.now() - new Date(iso)) / 1000));
  if (seconds >= 3600) return since(iso);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
