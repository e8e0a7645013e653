"""The picture of the listening page in the documentation: docs/listening_test.png.

    python benchmarks/listening_page.py FOLDER/listening.html      three seconds; needs Chromium

The page is one that ``mfccinv evaluate`` wrote.
"""

import argparse
import sys
from pathlib import Path

from chromium import Page, chromium

from mfccinv.system.atomic_files import temporary_beside

PICTURE = Path("docs/listening_test.png")
WIDTH = 780  # pixels
RATINGS = (88, 24, 71, 40)  # of the first sounds; the others wait
SHOWN = "document.getElementById('trial').inert === false && !document.getElementById('trial').hidden"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    path = parser.parse_args().page
    if chromium() is None:
        sys.exit("Chromium isn't installed")
    with Page() as page:
        page.open(path.resolve().as_uri())
        page.wait_for("document.getElementById('start') && !document.getElementById('start').hidden")
        page.run("document.querySelector('[value=rating]').click()")
        page.run("document.querySelector('#start .main').click()")
        page.wait_for(SHOWN)
        for place, rating in enumerate(RATINGS, 1):
            page.press(str(place))
            page.run(f"document.activeElement.value = {rating}")
            page.run("document.activeElement.dispatchEvent(new Event('input'))")
        picture = page.picture(WIDTH)
    with temporary_beside(PICTURE) as temporary:
        temporary.write_bytes(picture)


if __name__ == "__main__":
    main()
