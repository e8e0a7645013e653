"""The blocks of code on pages of the documentation."""

import re

FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path, kind):
    """Blocks of code of a page whose first line says so: what stands behind the kind, and the code."""
    found = FENCE.findall(path.read_text(encoding="utf-8"))
    return [(title.removeprefix(kind).strip(), code) for title, code in found if title.split(" ")[0] == kind]
