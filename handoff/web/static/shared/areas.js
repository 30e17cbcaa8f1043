// The communities that lists and figures can be asked for: chosen, not typed, so that a slip is not read as "nothing there".

import { api } from "./api.js";
import { el } from "./dom.js";

/** Fills a `select` in its label; hidden for who has an area of their own, and where no community is known. */
export async function offerAreas(select, user) {
  const { areas } = await api("stats");
  select.append(...areas.map((name) => el("option", { value: name }, name)));
  select.parentElement.hidden = Boolean(user.area) || !areas.length;
}
