"""The error for sound that can't be used."""


class UnusableAudio(ValueError):
    """A sound file that can't be used; its text is the reason."""
