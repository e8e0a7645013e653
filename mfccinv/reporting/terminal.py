"""What the programs print: data sets, runs and scores as tables for a terminal."""

import shlex
from collections import Counter
from pathlib import Path

from mfccinv.audio.f0 import f0_is_installed
from mfccinv.audio.perceptual_scores import quality_is_installed
from mfccinv.datasets.dataset import Dataset
from mfccinv.features.mel import empty_bands
from mfccinv.reporting.caveats import caveats, split_title
from mfccinv.reporting.legends import SOUND, format_legend, score_legend, sound_legend, sound_titles
from mfccinv.reporting.tables import format_number, format_table, markdown_table
from mfccinv.system.stored_files import read_json

MANY_REJECTED = 0.05  # of all utterances
SCORES = {
    "snr": "SNR, magnitude",
    "snr_active": "  active frames",
    "snr_pooled": "  pooled",
    "snr_power": "SNR, power",
    "snr_power_active": "  active frames",
    "snr_power_pooled": "  pooled",
    "lsd": "LSD",
    "msd": "MSD",
}


def describe_dataset(dataset: Dataset, *, in_brief: bool = False) -> str:
    """Describe a data set: splits, rejections and where it is; in brief without a table of the splits."""
    manifest = dataset.manifest
    rows = [
        [split, *(f"{counts[key]:,}" for key in ("speakers", "utterances", "pairs")), f"{counts['seconds'] / 60:.1f}"]
        for split, counts in manifest["splits"].items()
    ]
    lines = [f"data set {dataset.folder} ({split_title(manifest['split'])})"]
    if not in_brief:
        lines.append(format_table(["split", "speakers", "utterances", "pairs", "minutes"], rows))
    if manifest["augment"]:
        lines.append(f"train holds each recording and {manifest['augment']['copies']} variants of it")
    if manifest["rejected"]:
        lines.append(_describe_rejections(dataset))
    if n_empty := len(empty_bands(dataset.spec)):
        spec = dataset.spec
        lines.append(
            f"*** {n_empty} of n_mels={spec.n_mels} bands contain no bin of n_fft={spec.n_fft} at {spec.sample_rate} "
            "Hz: they are always at the floor; take fewer bands or a longer FFT if you can ***"
        )
    return "\n".join(lines)


def _describe_rejections(dataset: Dataset) -> str:
    """Tell how many utterances could not be used; of many, in a line that is seen, with the commonest reason."""
    place, rejected = dataset.folder / "rejected.jsonl", dataset.manifest["rejected"]
    all_there_are = rejected + sum(counts["utterances"] for counts in dataset.manifest["splits"].values())
    if rejected <= MANY_REJECTED * all_there_are:
        return f"{rejected} utterances could not be used: {place}"
    kinds = Counter(row["reason"].partition(":")[0] for row in dataset.rejections)
    reason, count = kinds.most_common(1)[0]
    share = f"{100 * rejected / all_there_are:.0f} % of the utterances, {rejected:,} of {all_there_are:,},"
    return f"*** {share} could not be used; {count:,} because: {reason}; see {place} ***"


def describe_run(folder: Path, n_mfcc: int | None = None) -> str:
    """Describe a trained run: its scores and what to do with it, with a number of MFCC if it takes several."""
    scores = read_json(folder / "metrics.json")["validation"]
    trained = f"run {folder}: validation loss {scores['loss']:.4f}, SNR {format_number(scores['snr'], '.2f')} dB"
    if scores["lsd"] is None:
        return trained  # of phases, which have none
    command = f"mfccinv evaluate run={shlex.quote(str(folder))}" + (f" n_mfcc={n_mfcc}" if n_mfcc else "")
    return f"{trained}, LSD {format_number(scores['lsd'], '.2f')} dB\nscore it: {command}"


def describe_rerun(differences: list[str]) -> str:
    """Tell whether a training gave the same numbers again."""
    if not differences:
        return "the same numbers in every epoch"
    shown = differences[:10] + ([f"… {len(differences) - 10} more"] if len(differences) > 10 else [])
    return "\n".join(["not the same:", *shown])


def describe_scores(folder: Path, scores: dict, width: int) -> str:
    """Describe an evaluation: a table of scores with intervals, by speaker, of the audio, and where the files are.

    Legends below the tables are wrapped to a width, in letters.
    """
    n_speakers, titles = len(scores["speakers"]), method_titles(scores)
    lines = [
        f"{scores['source']}: {describe_size(scores)}, {n_speakers} speaker{'s' if n_speakers != 1 else ''}"
        + (f", {scores['rejected']} utterances rejected" if scores["rejected"] else ""),
        *(f"*** {caveat.text} ***" if caveat.is_grave else caveat.text for caveat in caveats(scores)),
        "",
        _score_table(scores),
        "",
        format_legend(score_legend(scores, titles), width),
    ]
    if n_speakers > 1:
        lines += ["", "SNR on magnitude by speaker, dB; higher is better", _speaker_table(scores)]
        if scores["learned_from"]["voices"]:
            lines += ["(*) trained on this voice"]
    audio = scores["audio"]
    if audio["methods"]:
        lines += ["", f"audio of {audio['utterances']} utterances against the original", _audio_table(scores), ""]
        lines += [format_legend(sound_legend(scores, titles), width)]
        if missing := _missing_scores():
            lines += ["", *missing]
    if audio["unreadable"]:
        lines += ["", f"no audio of {len(audio['unreadable'])} utterances: their sound files are gone or were changed"]
    lines += [
        "",
        f"report:  {folder / 'report.html'}",
        *([f"audio:   {folder / 'audio'}"] if audio["written"] else []),
        f"figures: {folder / 'figures'}",
        f"scores:  {folder / 'scores.json'}",
    ]
    return "\n".join(lines)


def _missing_scores() -> list[str]:
    """How to get the scores of the sound whose packages are not installed."""
    wanted = {
        "PESQ and STOI of the audio: pip install 'mfccinv[quality]'": quality_is_installed(),
        "F0 and voicing of the audio: pip install 'mfccinv[f0]'": f0_is_installed(),
    }
    return [how for how, is_installed in wanted.items() if not is_installed]


def describe_size(scores: dict) -> str:
    """Numbers of utterances and frames, and of those of digital silence, which are not scored."""
    n, silent = scores["utterances"], scores["silent_frames"]
    left_out = f" ({silent:,} more are digital silence)" if silent else ""
    return f"{n:,} utterance{'s' if n != 1 else ''}, {scores['frames']:,} frames{left_out}"


CORPORA_COLUMNS = {
    "corpus": lambda name, scores: name,
    "speakers": lambda name, scores: str(len(scores["speakers"])),
    "analytic SNR": lambda name, scores: format_number(scores["total"][scores["baseline"]]["snr"]["value"], ".2f"),
    "SNR gain": lambda name, scores: _with_interval(scores["gain"]["snr"], "+"),
    "SNR gain, power": lambda name, scores: _with_interval(scores["gain"]["snr_power"], "+"),
    "LSD": lambda name, scores: _with_interval(scores["gain"]["lsd"], "+"),
    **{
        SOUND[one][0]: lambda name, scores, one=one: _audio_gain(scores, one)  # type: ignore[misc]
        for one in ("estoi", "pesq", "mcd", "ffe", "f0_cents")
    },
}


def describe_corpora(scores: dict[str, dict]) -> str:
    """Lay out what a model gains over the analytic inverse on several corpora as a table for a terminal.

    Parameters
    ----------
    scores : dict of dict
        By corpus, what `mfccinv.evaluation.evaluate` returns.
    """
    resampled = ", ".join(f"{name}: {one['resampled']}" for name, one in scores.items())
    return (
        "gain over the analytic inverse, dB (from ESTOI on: of the audio; FFE in %, F0 RMSE in cents; of LSD and from\n"
        "MCD on, lower is better), with 95 % intervals over speakers or utterances\n"
        f"({resampled})\n" + format_table(list(CORPORA_COLUMNS), _corpora_rows(scores))
    )


def markdown_of_corpora(scores: dict[str, dict]) -> str:
    """Lay out the same as a table in Markdown."""
    return markdown_table(list(CORPORA_COLUMNS), _corpora_rows(scores))


def _corpora_rows(scores: dict[str, dict]) -> list[list[str]]:
    """One row a corpus, and the mean of their SNR gains."""
    rows = [[column(name, one) for column in CORPORA_COLUMNS.values()] for name, one in scores.items()]
    gains = [gain for one in scores.values() if (gain := one["gain"]["snr"]["value"]) is not None]
    mean = sum(gains) / len(gains) if gains else None
    return [*rows, ["mean", "", "", format_number(mean, "+.2f"), *[""] * (len(CORPORA_COLUMNS) - 4)]]


def _audio_gain(scores: dict, name: str) -> str:
    gain = scores["audio"]["gain"].get(name)
    return _with_interval(gain, "+") if gain else "–"


def _score_table(scores: dict) -> str:
    """One row a score; intervals for the model, the baseline and the gain."""
    total, gain = scores["total"], scores["gain"]
    return format_table(
        ["", *(method_title(scores, method) for method in total), "gain"],
        [
            [
                title,
                *(
                    _with_interval(values[name])
                    if method in ("model", scores["baseline"])
                    else format_number(values[name]["value"], ".2f")
                    for method, values in total.items()
                ),
                _with_interval(gain[name], "+"),
            ]
            for name, title in SCORES.items()
        ],
    )


def _speaker_table(scores: dict, shown: int = 20) -> str:
    methods = list(scores["total"])
    learned = scores["learned_from"]["voices"]
    rows = [
        [_speaker_title(speaker, learned), *(format_number(values[method]["snr"], ".2f") for method in methods)]
        for speaker, values in list(scores["speakers"].items())[:shown]
    ]
    if len(scores["speakers"]) > shown:
        rows.append([f"… {len(scores['speakers']) - shown} more in scores.json"] + [""] * len(methods))
    return format_table(["", *(method_title(scores, method) for method in methods)], rows)


def _speaker_title(speaker: str, learned: list[str]) -> str:
    return f"{speaker or '(unknown)'}{' (*)' if speaker in learned else ''}"


def _audio_table(scores: dict) -> str:
    methods = scores["audio"]["methods"]
    return format_table(
        ["", *(method_title(scores, method) for method in methods)],
        [
            [title, *(_with_interval(values[name]) if name in values else "" for values in methods.values())]
            for name, title in sound_titles(scores).items()
        ],
    )


def method_titles(scores: dict) -> dict[str, str]:
    """Title of the column of each method that was scored or heard."""
    return {method: method_title(scores, method) for method in {**scores["total"], **scores["audio"]["methods"]}}


def method_title(scores: dict, method: str) -> str:
    """Title of a method's column: the model's own name, and what of it is asked for; or what the method is."""
    if method != "model":
        return method.replace("_", " ")
    detail = scores["settings"]["detail"]
    return scores["name"] if detail == "mean" else f"{scores['name']}, {detail}"


def _with_interval(score: dict, sign: str = "") -> str:
    ends = ", ".join(format_number(end, f"{sign}.2f") for end in score["interval"] or ())
    return format_number(score["value"], f"{sign}.2f") + (f" [{ends}]" if ends else "")
