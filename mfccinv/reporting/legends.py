"""What the columns and rows of tables of scores mean: unit, and whether higher or lower is better."""

import textwrap

Legend = dict[str, str]  # meaning by term

# Methods, the columns of an evaluation.
METHODS = {
    "model": "the network",
    "pseudo_inverse": "the analytic inverse: the frame that the MFCC give if what they don't tell is zero",
    "kl": "the linear spectrum without a network: magnitude=kl, of the analytic inverse if MFCC are given",
    "repeat_the_last_frame": "the analytic inverse of the last frame that the network sees: a forecast of no change",
    "mean_frame": "the mean of the training's frames, always",
    "zero": "nothing: each band at the floor of the features",
    "true_mel": "the true mel frames, made to sound in the same way: what no inversion gets beyond",
    "true_magnitude": "the true spectra, made to sound in the same way: what no inversion gets beyond",
}
SNR = "spectral signal-to-noise ratio of a frame, dB, on mel magnitude or power; mean over frames; higher is better"
LSD = "log-spectral distance of a frame, dB; mean over frames; lower is better"
MSD = "modulation spectrum distance, dB: how far the variation of the frames is from the true one; lower is better"
GAIN = "the network less {baseline}, in the unit of the row; of SNR, higher is better, of LSD and MSD, lower"
# Scores of the sound against the original: title and what it is, by name.
SOUND = {
    "pesq": ("PESQ-WB", "quality as listeners would judge it, 1 to 4.6; higher is better"),
    "stoi": ("STOI", "intelligibility, 0 to 1; higher is better"),
    "estoi": ("ESTOI", "the same, for noise that comes and goes, 0 to 1; higher is better"),
    "mcd": (
        "MCD",
        "mel-cepstral distortion of a frame, dB; mean over frames; lower is better",
    ),
    "vde": ("VDE", "voicing decision error: % of the frames that are voiced in one of the two alone; lower is better"),
    "gpe": ("GPE", "gross pitch error: % of the frames voiced in both whose F0 is off by over 20 %; lower is better"),
    "ffe": ("FFE", "F0 frame error: % of the frames with one of these two errors; lower is better"),
    "f0_cents": (
        "F0 RMSE",
        "root mean square error of F0, cents, of frames voiced in both, gross errors left out; lower is better",
    ),
    "mos": ("DistillMOS", "mean opinion of listeners, as predicted of the sound by itself, 1 to 5; higher is better"),
    "wer": ("WER", "word error rate: % of words, as a recogniser of English hears the original; lower is better"),
}


def score_legend(scores: dict, titles: Legend) -> Legend:
    """Legend of an evaluation's scores; ``titles`` are those of its methods."""
    legend = {titles[method]: METHODS[method] for method in scores["total"]}
    legend["gain"] = GAIN.format(baseline=titles[scores["baseline"]])
    legend |= {"SNR": SNR, "active frames": "those within 60 dB of the loudest of their utterance"}
    legend |= {"pooled": "energies of all frames are summed first; higher is better", "LSD": LSD, "MSD": MSD}
    if _has_intervals(scores):
        legend["[ , ]"] = f"95 % interval, by bootstrap over {scores['resampled']}"
    return legend | {
        "left out": f"frames of digital silence: {scores['silent_frames']:,} here. Any method is exact there"
    }


def sound_legend(scores: dict, titles: Legend) -> Legend:
    """Legend of the scores of the sound."""
    legend = {titles[method]: METHODS[method] for method in scores["audio"]["methods"] if method not in scores["total"]}
    return legend | {SOUND[name][0]: SOUND[name][1] for name in sound_titles(scores)}


def sound_titles(scores: dict) -> Legend:
    """Titles of the scores of the sound that any method has, by name."""
    methods = scores["audio"]["methods"].values()
    return {name: title for name, (title, _) in SOUND.items() if any(name in values for values in methods)}


def level_legend(scores: dict, titles: Legend) -> Legend:
    """Legend of the SNR by the level of the frame."""
    return {
        "below the loudest": "how far a frame's level is below that of its utterance's loudest frame, dB",
        "frames": "number of such frames",
        "SNR": "on mel magnitude, dB; mean over these frames; higher is better",
        "gain": f"SNR of the network less that of {titles[scores['baseline']]}, dB",
    }


def _has_intervals(scores: dict) -> bool:
    return any(score["interval"] for score in scores["total"]["model"].values())


def format_legend(legend: Legend, width: int) -> str:
    """Lay out a legend for a terminal of a width in letters: terms at the left, meanings beside them."""
    margin = max(map(len, legend)) + 2
    wrapped = (
        textwrap.fill(
            meaning, max(width, margin + 20), initial_indent=term.ljust(margin), subsequent_indent=" " * margin
        )
        for term, meaning in legend.items()
    )
    return "\n".join(wrapped)
