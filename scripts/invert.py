from mfccinv.cli.invert import main

if __name__ == "__main__":
    main()
