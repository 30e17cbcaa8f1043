// What changes on the desk, as it changes. Events carry no words, only what to look at.

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10000;

/** `heard(event)` for each event; `connected(isUp)` on every change, after which everything should be looked at again. */
export function listen({ heard, connected }) {
  let pause = FIRST_PAUSE;
  (function open() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`);
    socket.addEventListener("open", () => {
      pause = FIRST_PAUSE;
      connected(true);
    });
    socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      connected(false);
      setTimeout(open, pause);
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    });
  })();
}
