"""Makes manifests by lhotse, and what lhotse says of the utterances in them, for comparison with ours.

    pip install lhotse==1.33.0 urllib3
    python tests/corpora/golden/make_lhotse.py

The sound files that they name do not exist: nothing reads them.
"""

import json
from pathlib import Path

from lhotse import AudioSource, CutSet, Recording, RecordingSet, SupervisionSegment, SupervisionSet
from lhotse.cut import MonoCut

FOLDER = Path(__file__).parent / "lhotse"
RATE = 16000


def recording(name, seconds, *files):
    """A recording of which each channel is in a file of its own."""
    sources = [AudioSource("file", [channel], f"/corpus/{file}") for channel, file in enumerate(files)]
    return Recording(name, sources, RATE, int(seconds * RATE), seconds)


def supervision(name, recording_id, start, duration, speaker, channel=0):
    return SupervisionSegment(name, recording_id, start, duration, channel=channel, speaker=speaker, text="a text")


def source_of(recording, channel):
    """The file that has a channel."""
    [source] = [source.source for source in recording.sources if channel in source.channels]
    return source


def facts(cut):
    """Of each utterance of a cut: id, file, speaker, begin and length in seconds."""
    source = source_of(cut.recording, cut.channel)
    if not cut.supervisions:
        return [[cut.id, source, None, cut.start, cut.duration]]
    several = len(cut.supervisions) > 1
    return [
        [f"{cut.id}/{one.id}" if several else cut.id, source, one.speaker, cut.start + one.start, one.duration]
        for one in cut.trimmed_supervisions
    ]


recordings = RecordingSet.from_recordings(
    [recording("r1", 10.0, "1.flac"), recording("r2", 6.5, "2 a.wav", "2 b.wav"), recording("r3", 4.0, "3.wav")]
)
supervisions = SupervisionSet.from_segments(
    [
        supervision("s1", "r1", 0.5, 3.25, "anna"),
        supervision("s2", "r1", 4.1, 5.9, "bert"),
        supervision("s3", "r2", 1.0, 2.0, "carl", channel=1),
    ]
)
mono = RecordingSet.from_recordings([recordings["r1"], recordings["r3"]])
whole = list(CutSet.from_manifests(mono, supervisions))
windows = CutSet.from_cuts(whole[:1]).cut_into_windows(5.0)  # which a supervision goes over
cuts = CutSet.from_cuts([*whole, MonoCut("part", 1.0, 7.5, 0, recording=recordings["r1"]), *windows])

FOLDER.mkdir(exist_ok=True)
recordings.to_file(FOLDER / "recordings.json")
supervisions.to_file(FOLDER / "supervisions.jsonl")
cuts.to_file(FOLDER / "cuts.jsonl.gz")
expected = {
    "cuts": [values for cut in cuts for values in facts(cut)],
    "supervisions": [
        [one.id, source_of(recordings[one.recording_id], one.channel), one.speaker, one.start, one.duration]
        for one in supervisions
    ],
}
(FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
