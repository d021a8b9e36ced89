"""`make lint`: packages with known holes, by pip-audit, where its advisory database can be reached.

Without a network, or behind a mirror that serves no advisories, pip-audit either stops with an
error or passes over every package and calls it a success: neither says anything about the packages,
so this says what was looked at, and fails for holes alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

_OUT_OF_REACH = "pip-audit: 连不上漏洞库，没有检查 / no advisory database in reach, nothing audited"
_NOTHING_FOUND = (
    "pip-audit: 查不到任何包，没有检查 / no package could be looked up, nothing audited"
)
_COMMAND = [
    *("-m", "pip_audit", "-f", "json", "--progress-spinner", "off", "--timeout", "5"),
    *("--disable-pip", "--no-deps"),  # what is pinned, whatever is installed
]


def main(files: Sequence[str]) -> int:
    """Audit what these requirement files pin; return 1 where a package has a known hole."""
    options = [option for file in files for option in ("-r", file)]
    ended = subprocess.run(
        [sys.executable, *_COMMAND, *options],
        capture_output=True,
        text=True,
        check=False,
    )
    said, failed = report(ended.stdout)
    print(said)  # noqa: T201 - the answer of the command
    return int(failed)


def report(output: str) -> tuple[str, bool]:
    """Return what pip-audit's JSON comes to in words, and whether a package has a known hole."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        return (
            "pip-audit: 连不上漏洞库，没有检查 / no advisory database in reach, nothing audited",
            False,
        )
    audited = [package for package in packages if "vulns" in package]
    if not audited:
        return _NOTHING_FOUND, False
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}"
        f" → {', '.join(hole['fix_versions']) or '?'}"
        for package in audited
        for hole in package["vulns"]
    ]
    counted = f"pip-audit: {len(audited)}/{len(packages)} 个包已检查 / packages audited"
    return "\n".join([counted, *holes]), bool(holes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
