from mfccinv.cli.build_dataset import main

if __name__ == "__main__":
    main()
