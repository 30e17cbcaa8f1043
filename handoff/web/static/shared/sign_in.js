// The log-in form that lies over a staff page until somebody is logged in.

import { api, useToken } from "./api.js";
import { byId } from "./dom.js";

const form = byId("login").querySelector("form");
const problem = form.querySelector(".error");

/** Calls `start(user)` once somebody is logged in: `{username, role, area}`. */
export async function signIn(start) {
  if (!byId("login").hidden) await new Promise(listen);
  const user = await api("me");
  useToken(user.csrf);
  byId("login").hidden = true;
  byId("app").hidden = false;
  byId("user").textContent = user.username;
  for (const node of document.querySelectorAll("[data-roles]")) node.hidden = !node.dataset.roles.split(" ").includes(user.role);
  byId("logout").addEventListener("click", leave);
  addEventListener("signed-out", () => location.reload());
  start(user);
}

/** Only now can the button be pressed: before, the browser itself would send the form and empty the page. */
function listen(done) {
  form.addEventListener("submit", (event) => submit(event, done));
  form.querySelector("[type=submit]").disabled = false;
}

async function submit(event, done) {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(form));
  try {
    await api("login", given);
    form.reset();
    done();
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
    form.elements.password.select();
  }
}

async function leave() {
  await api("logout", {}).catch(() => null);
  location.reload();
}
