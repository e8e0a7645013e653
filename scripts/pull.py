from mfccinv.cli.pull import main

if __name__ == "__main__":
    main()
