// What this browser remembers: the session, how far it has read, what is not sent yet, the size of print.

function storage() {
  try {
    localStorage.setItem("chat.probe", "1");
    localStorage.removeItem("chat.probe");
    return localStorage;
  } catch {
    // Storage is switched off: the page works, it only forgets when it is closed.
    const held = new Map();
    return { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => held.set(key, value), removeItem: (key) => held.delete(key) };
  }
}

const store = storage();

function read(name, otherwise) {
  try {
    return JSON.parse(store.getItem(`chat.${name}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

const write = (name, value) => store.setItem(`chat.${name}`, JSON.stringify(value));

export const memory = {
  get session() { return read("session", null); },
  set session(token) { write("session", token); },
  /** Sequence number of the last message from the other side. */
  get last() { return read("last", 0); },
  set last(seq) { write("last", seq); },
  /** `[{id, text}]`: written here, not yet acknowledged by the desk. */
  get unsent() { return read("unsent", []); },
  keep(item) { write("unsent", [...this.unsent.filter((other) => other.id !== item.id), item]); },
  drop(id) { write("unsent", this.unsent.filter((other) => other.id !== id)); },
  /** Leaves no trace of what was said here; the next page says so once. */
  forget() {
    for (const name of ["session", "last", "unsent"]) store.removeItem(`chat.${name}`);
    write("forgotten", true);
  },
  /** Whether it was forgotten just now. */
  get forgotten() {
    const forgotten = read("forgotten", false);
    store.removeItem("chat.forgotten");
    return forgotten;
  },
  get print() { return read("print", "normal"); },
  set print(size) { write("print", size); },
};
