"""Turns a form's HTML into the lines that a person would see.

By the standard library's parser, which reads broken markup as browsers do and does not recurse.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    {
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "footer"),
        *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p"),
        *("pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
_UNSEEN = frozenset({"script", "style", "head", "title", "template"})
_TAG = re.compile(
    r"</?(?:a|b|em|font|i|img|label|s|small|span|strong|u|" + "|".join(sorted(_BLOCKS)) + r")"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
# Comments and declarations; the parser takes time in the square of unfinished ones.
_ASIDE = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*(?:>|\Z)", re.DOTALL)
_LONGEST = 200_000  # characters of markup


def is_html(text: str) -> bool:
    """Tell whether a text is marked up; `a < b` and `List<String>` are not."""
    return "<" in text and _TAG.search(text[:_LONGEST]) is not None


def text_lines(markup: str) -> list[str]:
    """Return the text line by line; a row of two cells becomes one `question：answer` line."""
    reader = _Reader()
    reader.feed(_ASIDE.sub("", markup[:_LONGEST]))
    reader.close()
    reader.end_row()
    return reader.lines


class _Reader(HTMLParser):
    """Collects lines of text, and the cells of a table's row together."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._line: list[str] = []
        self._cells: list[str] | None = None
        self._headings: list[str] = []
        self._all_headings = True
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in {"tr", "dl"}:
            self.end_row()
            self._cells, self._all_headings = [], True
        elif tag in _BLOCKS:
            self._end_line()
            if tag in {"td", "dd", "dt"}:
                self._all_headings = False

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in {"tr", "table", "dd", "dl"}:
            self.end_row()
            self._cells = [] if tag == "dd" else None
            self._headings = [] if tag == "table" else self._headings
        elif tag in _BLOCKS:
            self._end_line()

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._line.append(data)

    def _end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            (self.lines if self._cells is None else self._cells).append(line)

    def end_row(self) -> None:
        """Close the line and the row that are being read."""
        self._end_line()
        cells, self._cells = self._cells or [], None
        if len(cells) > 1 and self._all_headings:
            self._headings = cells
        elif len(cells) == len(self._headings) and cells:
            self.lines += [_pair(*both) for both in zip(self._headings, cells, strict=True)]
        elif len(cells) == 2:
            self.lines.append(_pair(*cells))
        else:
            self.lines += cells


def _pair(question: str, answer: str) -> str:
    return f"{question.rstrip(':： ')}：{answer}"
