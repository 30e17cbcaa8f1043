// Two looks at the same list may be answered in the other order: what was asked last is what is shown.

/** Makes an `ask(work)` that gives the answer of `work`, or null (also for an error) once something later was asked. */
export function lastOf() {
  let asked = 0;
  return async (work) => {
    const mine = ++asked;
    try {
      const answer = await work;
      return mine === asked ? answer : null;
    } catch (error) {
      if (mine === asked) throw error;
      return null;
    }
  };
}
