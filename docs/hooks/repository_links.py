"""A hook of mkdocs: a link to a file that the repository has and the site hasn't becomes the file's path.

So pages can link to presets and code where people read them in the repository, and the site has no dead links.
"""

import re
from pathlib import Path

LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>[^)\s]+)\)")


def on_page_markdown(markdown: str, *, page, config, files) -> str:
    """Replace the links of a page, before it is rendered."""
    docs = Path(config.docs_dir)
    return without_repository_links(markdown, Path(page.file.abs_src_path), docs)


def without_repository_links(markdown: str, place: Path, docs: Path) -> str:
    """Replace the links of a page that lies at ``place``; those that lead nowhere stay, and fail the build."""

    def replaced(link: re.Match) -> str:
        target = (place.parent / link["target"].split("#")[0]).resolve()
        if "://" in link["target"] or target.is_relative_to(docs.resolve()) or not target.exists():
            return link[0]
        path = target.relative_to(docs.resolve().parent).as_posix()
        text = link["text"].replace("\n", " ").strip("`")
        return f"`{path}`" if path.endswith(text) else f"{link['text']} (`{path}`)"

    return LINK.sub(replaced, markdown)
