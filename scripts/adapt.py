from mfccinv.cli.adapt import main

if __name__ == "__main__":
    main()
