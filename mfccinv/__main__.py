"""``python -m mfccinv`` is the command ``mfccinv``."""

from mfccinv.cli.main import main

if __name__ == "__main__":
    main()
