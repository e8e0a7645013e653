"""The frames of an MP3 file (ISO/IEC 11172-3, 1993, and 13818-3, 1995), their number and their checksum.

A decoder jumps over what it can't read. But most encoders begin with a frame without sound that tells how many follow:
"Xing" and "Info" (Xing, VBR header SDK) or "VBRI" (Fraunhofer). LAME and FFmpeg add the size and a CRC-16 of what
follows (Naylor and Guckian, MP3 info tag revision 1 specifications).
"""

import struct
from dataclasses import dataclass

from mfccinv.audio.checksums import crc_16
from mfccinv.audio.unusable import UnusableAudio

MPEG_1, MONO = 3, 3
LAYER_1, LAYER_2, LAYER_3 = 3, 2, 1
RATES_HZ = {MPEG_1: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}  # 0 is MPEG 2.5
KBITS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
KBITS = {  # by whether it is MPEG 1, and the layer
    (True, LAYER_1): tuple(range(32, 449, 32)),
    (True, LAYER_2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, LAYER_3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, LAYER_1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, LAYER_2): KBITS_2,
    (False, LAYER_3): KBITS_2,
}
XING = (b"Xing", b"Info")
CHECKING_ENCODERS = (b"LAME3.9", b"LAME3.100", b"Lavc", b"Lavf")  # earlier ones wrote no checksum
APE, ID3_1, ID3_2 = b"APETAGEX", b"TAG", b"ID3"
AFTER_FRAMES = (ID3_1, APE, b"LYRICSBEGIN", ID3_2, bytes(4))
GAIN_TAG = b"MP3GAIN_"
SPARE_FRAMES = 8


@dataclass(frozen=True)
class Frame:
    """A frame: bytes from its start to its end, where its side information ends, and what all frames share."""

    start: int
    end: int
    side_end: int
    kind: tuple[int, int, int, bool]
    n_samples: int


@dataclass(frozen=True)
class Counted:
    """What the frames of a file hold, if no header tells it.

    Parameters
    ----------
    n_samples : int
    enough_bytes : int
        Size of a file from which a decoder guesses a length that is not too short: all frames as large as the largest.
    """

    n_samples: int
    enough_bytes: int


def refuse_damaged_mp3(whole: bytes) -> Counted | None:
    """Refuse the bytes of a file with fewer frames than its header promises, a wrong checksum or gaps between frames.

    Returns
    -------
    counted : Counted or None
        What there is in whole frames, if no header tells the number of frames; such a file may end anywhere.

    Raises
    ------
    UnusableAudio
        With what is wrong.
    """
    first = _frame(whole, _end_of_tags(whole, 0))
    if first is None:
        raise UnusableAudio("damaged: it does not begin with an MP3 frame")
    frames, last, largest = 1, first, first.end - first.start
    while (following := _frame(whole, last.end)) and following.kind == first.kind and following.end <= len(whole):
        frames, last, largest = frames + 1, following, max(largest, following.end - following.start)
    _refuse_wrong_checksum(whole, first)
    promised = _promised_frames(whole, first)
    if promised is None:
        whole_frames = following is not None and following.kind == first.kind
        if not whole_frames and len(whole) - last.end >= 4 and not whole.startswith(AFTER_FRAMES, last.end):
            raise UnusableAudio(f"damaged: other bytes stand behind its MP3 frame {frames}")
        if not whole_frames and _frame(whole, _end_of_tags(whole, last.end)):
            raise UnusableAudio("several MP3 streams one after another: only the first would be read")
        frames -= whole.startswith(XING, first.side_end)  # a header that tells no number
        return Counted(frames * first.n_samples, first.start + (frames + SPARE_FRAMES) * largest)
    if frames < promised:  # some encoders count their header as a frame
        raise UnusableAudio(f"truncated: its header promises {promised} MP3 frames, {frames - 1} can be read")
    if frames - 1 > promised or _frame(whole, _end_of_tags(whole, last.end)):
        raise UnusableAudio(f"damaged: behind the {promised} MP3 frames that its header promises stand others")
    return None


def _frame(whole: bytes, start: int) -> Frame | None:
    """The frame that begins at a place; None if there is none, or it is of free bit rate."""
    if len(whole) < start + 4:
        return None
    (header,) = struct.unpack_from(">I", whole, start)
    version, layer, kbits, rate = header >> 19 & 3, header >> 17 & 3, header >> 12 & 15, header >> 10 & 3
    if header >> 21 != 0x7FF or version == 1 or layer == 0 or kbits in (0, 15) or rate == 3:
        return None
    mono = header >> 6 & 3 == MONO
    rate_hz = RATES_HZ[version][rate]
    bits = 1000 * KBITS[version == MPEG_1, layer][kbits - 1]
    padding = header >> 9 & 1
    if layer == LAYER_1:  # in units of four bytes
        n_samples, length = 384, 4 * (12 * bits // rate_hz + padding)
    else:
        n_samples = 576 if layer == LAYER_3 and version != MPEG_1 else 1152
        length = n_samples // 8 * bits // rate_hz + padding
    side = (17 if mono else 32) if version == MPEG_1 else 9 if mono else 17
    return Frame(start, start + length, start + 4 + side, (version, layer, rate_hz, mono), n_samples)


def _end_of_tags(whole: bytes, place: int) -> int:
    """Where tags end that stand at a place, and zeros behind them.

    Nilsson, ID3 tag version 2.4.0 (2000); Kemp, ID3 (1996); APE tags as of Monkey's Audio, version 2.
    """
    while True:
        if whole.startswith(ID3_2, place) and len(whole) >= place + 10:
            footer = 10 if whole[place + 5] & 0x10 else 0
            size = sum(byte << 7 * (3 - digit) for digit, byte in enumerate(whole[place + 6 : place + 10]))
            place += 10 + size + footer
        elif whole.startswith(APE, place) and len(whole) >= place + 32:
            place += 32 + struct.unpack_from("<I", whole, place + 12)[0]
        elif whole.startswith(ID3_1, place):
            place += 128
        else:
            break
    zeros = whole[place : place + 2**16]
    return place + len(zeros) - len(zeros.lstrip(b"\0"))


def _promised_frames(whole: bytes, first: Frame) -> int | None:
    """How many frames the header in the first one promises; None if it doesn't."""
    if first.kind[1] != LAYER_3:
        return None
    if whole.startswith(XING, first.side_end) and len(whole) >= first.side_end + 12:
        flags, frames = struct.unpack_from(">II", whole, first.side_end + 4)
        return frames if flags & 1 and frames else None
    if whole.startswith(b"VBRI", first.start + 36) and len(whole) >= first.start + 54:
        return struct.unpack_from(">I", whole, first.start + 50)[0] or None
    return None


def _refuse_wrong_checksum(whole: bytes, first: Frame) -> None:
    place = first.side_end + 120  # if the header has all its parts
    if not whole.startswith(CHECKING_ENCODERS, place) or len(whole) < place + 34:
        return
    if not whole.startswith(XING, first.side_end):
        if any(whole[first.start + 4 : first.side_end]):  # a frame with sound: the encoder's name fills a gap in it
            return
        raise UnusableAudio("damaged: its MP3 header has another name than Xing or Info")
    size, checksum, own_checksum = struct.unpack_from(">IHH", whole, place + 28)
    # FFmpeg's own one is that of other bytes.
    if whole.startswith(b"LAME", place) and crc_16(whole[first.start : place + 34]) != own_checksum:
        raise UnusableAudio("damaged: the checksum of its MP3 header is wrong")
    if size == 0 or checksum == 0:  # left out
        return
    if first.start + size > len(whole):
        held = len(whole) - first.start
        raise UnusableAudio(f"truncated: its header promises {size} bytes of MP3 frames, the file holds {held}")
    is_edited = GAIN_TAG in whole  # tools that change the level leave the checksum as it was, and this tag
    if not is_edited and crc_16(whole[first.end : first.start + size]) != checksum:
        raise UnusableAudio("damaged or edited: the checksum of its MP3 frames is wrong")
