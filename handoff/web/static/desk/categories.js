// The two-level list of categories: fetched once, searched by typing.

import { api } from "../shared/api.js";
import { byId, el } from "../shared/dom.js";

let asked;
export const taxonomy = () => (asked ??= api("taxonomy"));

/** An input that finds a second-level category by code or name; `chosen(code)` is called when one is complete. */
export async function categoryInput(attributes, chosen) {
  const { categories } = await taxonomy();
  const second = categories.filter((one) => one.parent);
  if (!byId("category-list")) {
    const parents = Object.fromEntries(categories.map((one) => [one.code, one.name]));
    const options = second.map((one) => el("option", { value: `${one.name} ${one.code}` }, parents[one.parent]));
    document.body.append(el("datalist", { id: "category-list" }, options));
  }
  const input = el("input", { list: "category-list", autocomplete: "off", ...attributes });
  input.addEventListener("input", () => {
    const code = codeIn(input.value, second);
    if (code) chosen(code, input);
  });
  return input;
}

function codeIn(text, categories) {
  const said = text.trim();
  return categories.find((one) => said === `${one.name} ${one.code}` || said === one.code || said === one.name)?.code;
}
