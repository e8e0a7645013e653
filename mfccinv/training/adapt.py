"""Adapts a network to a voice in one call: ``mfccinv.adapt``."""

from collections.abc import Sequence
from pathlib import Path
from reprlib import repr as brief
from typing import TYPE_CHECKING

import numpy as np

from mfccinv.system.native_output import keras_import

if TYPE_CHECKING:
    from mfccinv.training.adaptation import Adapted


def adapt(
    sounds: np.ndarray | Sequence[np.ndarray],
    *,
    sample_rate: int,
    checkpoint: str | Path = "asr_20",
    name: str = "voice",
    output: str | Path = "adapted",
) -> "Adapted":
    """Adapt a network to a voice, as ``mfccinv adapt`` does; its settings are those of ``configs/adaptation``.

    Parameters
    ----------
    sounds : (n_samples,), or a list of such
        Recordings of the voice, full scale 1; half a minute or more of them.
    sample_rate : int, Hz, in [1000, 768000]
    checkpoint : str or Path
        The run to adapt: a pretrained run's name, a run's folder, or its name in ``checkpoints``.
    name : str
        Of the result; it gets a number if there is one of that name.
    output : str or Path
        Folder that the result's folder is made in.

    Returns
    -------
    adapted : mfccinv.training.adaptation.Adapted
        ``adapted.run.folder`` is a ``checkpoint`` for `mfccinv.mfcc_to_audio`; ``adapted.run`` is None, and nothing is
        saved, where the voice gains nothing. ``adapted.scores`` are those on the speech that was held out.

    Raises
    ------
    ValueError
        For what is no sound of finite floating-point numbers of that scale or is silent, too little speech, and a run
        that isn't there or can't be adapted.

    Examples
    --------
    A voice, of which half a minute is there as sound::

        adapted = mfccinv.adapt(y, sample_rate=16000, name="june")
        y = mfccinv.mfcc_to_audio(mfcc, checkpoint=adapted.run.folder)
    """
    import soxr

    from mfccinv.audio.full_scale import refuse_another_scale
    from mfccinv.audio.sound_files import RATES_HZ, Recording
    from mfccinv.audio.unusable import UnusableAudio
    from mfccinv.configs.presets import preset_settings
    from mfccinv.configs.typed import typed
    from mfccinv.features.spec_fields import check_whole
    from mfccinv.inversion.arguments import check_sound
    from mfccinv.run_folders.run_folder import RunFolder
    from mfccinv.training.voice import require_usable_for

    base = RunFolder.open(checkpoint)
    rate = check_whole("sample_rate", sample_rate, RATES_HZ[0])
    if not isinstance(sounds, np.ndarray | Sequence):
        raise ValueError(f"sounds must be an array (n_samples,) or a list of such, got {brief(sounds)}")
    recordings = []
    for number, sound in enumerate([sounds] if isinstance(sounds, np.ndarray) else sounds):
        y = check_sound(f"sounds[{number}]", sound)
        recording = Recording(soxr.resample(y, rate, base.spec.sample_rate), base.spec.sample_rate, rate, 1)
        try:
            refuse_another_scale(y, 1)
            require_usable_for(base, recording)
        except UnusableAudio as error:
            raise ValueError(f"sounds[{number}] can't be used: {error}") from error
        recordings.append(recording)
    with keras_import():
        from mfccinv.training.adaptation import AdaptationSettings, adapt_run

    settings = typed(AdaptationSettings, preset_settings("adaptation", "default"), "adaptation")
    return adapt_run(base, recordings, settings, output=Path(output), name=name, progress=False)
