"""Field type codes and names of HAP (contracts: hap §4.4).

The API takes and gives names ("Text"), but one vendor example and older servers give the code (2),
so every type is brought to its name here. What a stranger would get wrong: four codes have a
narrower meaning than their name (17 and 18 are both a DateRange, 19, 23 and 24 are all a Region),
hence the way from name back to code does not exist.
"""

from __future__ import annotations

NAME_BY_CODE: dict[int, str] = {
    2: "Text",
    3: "PhoneNumber",
    4: "LandlinePhone",
    5: "Email",
    6: "Number",
    7: "Certificate",
    8: "Currency",
    9: "SingleSelect",
    10: "MultipleSelect",
    11: "Dropdown",
    14: "Attachment",
    15: "Date",
    16: "DateTime",
    17: "DateRange",
    18: "DateRange",
    19: "Region",
    21: "DynamicLink",
    22: "Divider",
    23: "Region",
    24: "Region",
    25: "AmountInWords",
    26: "Collaborator",
    27: "Department",
    28: "Rating",
    29: "Relation",
    30: "Lookup",
    31: "Formula",
    32: "Concatenate",
    33: "AutoNumber",
    34: "SubTable",
    35: "CascadingSelect",
    36: "Checkbox",
    37: "Rollup",
    38: "DateFormula",
    39: "CodeScan",
    40: "Location",
    41: "RichText",
    42: "Signature",
    43: "OCR",
    44: "Role",
    45: "Embed",
    46: "Time",
    47: "Barcode",
    48: "OrgRole",
    49: "Button",
    50: "APIQuery",
    51: "QueryRecord",
    52: "Section",
    53: "FunctionFormula",
    54: "CustomField",
    10010: "RichText",
}

_NAME_BY_LOWER_CASE = {name.lower(): name for name in NAME_BY_CODE.values()}


def type_name(value: object) -> str:
    """Return the canonical name of a field type given as a name, a code or a code in a string.

    A type that the table does not know keeps its own spelling ("Hologram", "99"): new types appear
    without notice, and a field that nobody maps must not break the reading of a worksheet.
    """
    spelling = str(value).strip()
    if spelling.isdecimal():
        return NAME_BY_CODE.get(int(spelling), spelling)
    return _NAME_BY_LOWER_CASE.get(spelling.lower(), spelling)
