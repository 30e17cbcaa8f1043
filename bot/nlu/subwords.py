"""A text as the subwords that the encoder reads: of all ways to cut it, the likeliest by a unigram model (Kudo 2018). Whole
words such as 电梯 keep what they meant to the network that the encoder started from; what is rare is cut into characters."""

from collections.abc import Sequence

# Numbers of subwords: 0 fills up, 1 stands for what was never seen, 2 begins a text; the vocabulary follows.
PADDING, UNKNOWN, BEGIN, FIRST = 0, 1, 2, 3
MARK = "\u2581"  # stands for a blank, and before the first word
# How much less likely than the rarest subword a character is that the vocabulary does not have (natural logarithm).
STRANGE = 10.0


class Subwords:
    """`vocabulary`: (subword, its log-probability), in the order of their numbers from `FIRST` on."""

    def __init__(self, vocabulary: Sequence[tuple[str, float]]) -> None:
        self.vocabulary = [(piece, float(likely)) for piece, likely in vocabulary]
        self._known = {piece: (number, likely) for number, (piece, likely) in enumerate(self.vocabulary, FIRST)}
        self._longest = max(len(piece) for piece in self._known)
        self._strange = min(likely for _, likely in self._known.values()) - STRANGE

    def numbers(self, text: str) -> list[int]:
        """The numbers of normalised text: `BEGIN`, then one for each subword; never more than two above its length."""
        return [BEGIN, *(number for number, _ in self.cut(text))]

    def cut(self, text: str) -> list[tuple[int, int]]:
        """The subwords of normalised text: their numbers, and of how many of its characters each is made."""
        marked = MARK + text.replace(" ", MARK)
        last = self._ways(marked)
        cut, end = [], len(marked)
        while end:
            begin, number = last[end]
            cut.append((number, end - max(begin, 1)))  # the first mark stands for no character of the text
            end = begin
        return cut[::-1]

    def _ways(self, marked: str) -> list[tuple[int, int]]:
        """For each place, where the last subword of the likeliest way there begins, and its number."""
        length = len(marked)
        best, last = [0.0] + [float("-inf")] * length, [(0, UNKNOWN)] * (length + 1)
        for start in range(length):
            for end in range(start + 1, min(start + self._longest, length) + 1):
                known = self._known.get(marked[start:end])
                if known is None and end > start + 1:
                    continue
                number, likely = known or (UNKNOWN, self._strange)
                if best[start] + likely > best[end]:
                    best[end], last[end] = best[start] + likely, (start, number)
        return last
