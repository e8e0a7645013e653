"""Small corpora of empty files, and tables: adapters read names and tables, never sound."""


def touch(root, *names):
    """Make empty files below a folder."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def write(path, *lines):
    """Write a text file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def facts(utterances):
    """What the tests compare of utterances: id, speaker and split."""
    return [(utterance.id, utterance.speaker, utterance.split) for utterance in utterances]
