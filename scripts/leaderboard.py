from mfccinv.cli.leaderboard import main

if __name__ == "__main__":
    main()
