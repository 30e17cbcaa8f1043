// The staff API: JSON in and out, the token against cross-site requests, errors with words for people.

let csrf = "";
export const useToken = (token) => (csrf = token);

/** `code` as the desk names it ("offline" when it was not reached); `message` is for people. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

export async function api(path, body, method = body === undefined ? "GET" : "POST") {
  const headers = method === "GET" ? {} : { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  let response;
  try {
    response = await fetch(`/api/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new ApiError(0, "offline", "网络不通，没有完成。");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401 && path !== "login") dispatchEvent(new Event("signed-out"));
  throw new ApiError(response.status, answer.code ?? "error", answer.message ?? "没有完成，请再试一次。");
}
