"""What the two systems really answer, without any value of a person: a report that can be mailed.

Nothing is taken out of an answer; what may be in the report is put together from fixed lists alone:
words of keys (`vocabulary`), kinds of values (`kinds`), codes and labels of enumerations
(`enumerations`), numbers of how often and how long. A title of a form's question is the one text
that people wrote, and `titles` says when it may be shown. So a value that nobody thought of cannot
get in.

The format, version 1 (`FORMAT`), is one JSON object:

    format      "xiaoe-mingdao-shapes/1"
    note        what this is, in Chinese and English
    xiaoe       {interface: INTERFACE}, named as in `connectors.xiaoe.endpoints`
    forms       [FORM], one for each form that somebody filled in
    mingdao     {"app": {call: INTERFACE}, "worksheets": {alias: WORKSHEET}}, our worksheets alone

    INTERFACE   {"http": {status: n}, "codes": {the vendor's code: n}, "failed": {our error: n},
                "answer": SHAPE of whole answers, and for the shop "without_field" (keys that no
                model of ours reads), "not_seen" (fields of our models that never came) and
                "unread_rows" {field that could not be read: n of rows}; paths are joined by dots,
                `[]` stands for each row}
    WORKSHEET   {"calls": {call: INTERFACE}, "fields": {our alias: {"type", "cells":
                SHAPE of its cells in a list of rows}}}
    FORM        {"records": n, "people": n, "extra": {how it came: n}, "layout": LAYOUT of one
                record, "read": [{"title", "field", "answer": kind}], as our reader takes it;
                "failed" in their place where it stumbles}
    SHAPE       {"seen": n, "blank": n of those that say nothing, "kinds": {kind: [n, shortest,
                longest]}, "exact": {JSON of a sentinel or an enumeration's value: n}, "keys": {key:
                SHAPE} of objects, "items": SHAPE of all entries of lists, "holds": SHAPE of JSON
                that came as a string}
    LAYOUT      the JSON itself, each value replaced by its mask

    kind        a JSON type (`null`, `bool`, `int`, `float`, `list`, `object`), or `string:` and a
                form of `kinds.FORMS`, or `string:nothing`; the length of a number is that of its
                digits, of a list and an object its entries
    mask        `<form length>`, such as `<phone 11>`: in the place of a value, a title, or a key
                (or a word of one) that is not in the vocabulary

A file of this format that is dropped into `tests/captured/` is read by the real client there.
"""

FORMAT = "xiaoe-mingdao-shapes/1"
