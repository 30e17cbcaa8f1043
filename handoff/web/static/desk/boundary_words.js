// What the boundary says, in words.

export const DISPOSITIONS = {
  answer: { short: "答", long: "能答：只用审核过的知识" },
  register: { short: "记", long: "只登记，不作结论" },
  hand_off: { short: "人", long: "转人工" },
};
export const kindInWords = (kind) => (kind === "default" ? "没说清的" : kind);
