"""Score a run on voices it never heard: python scripts/evaluate.py run=latest"""

from mfccinv.config import plain, program


@program("evaluate")
def main(cfg):
    from mfccinv.console import choose_backend, native_output_hidden

    choose_backend(cfg.backend)
    with native_output_hidden():
        from mfccinv.evaluation import evaluate
    from mfccinv.report import describe_scores

    print(describe_scores(*evaluate(plain(cfg))))


if __name__ == "__main__":
    main()
