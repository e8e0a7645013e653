from mfccinv.cli.identify import main

if __name__ == "__main__":
    main()
