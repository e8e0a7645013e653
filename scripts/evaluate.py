"""Score a run on voices it never heard: python scripts/evaluate.py run=latest"""

import hydra


@hydra.main(version_base="1.3", config_path="../configs", config_name="evaluate")
def main(cfg):
    from mfccinv.config import plain
    from mfccinv.console import choose_backend, native_output_hidden

    choose_backend(cfg.backend)
    with native_output_hidden():
        from mfccinv.evaluation import evaluate
    from mfccinv.report import describe_scores

    print(describe_scores(*evaluate(plain(cfg))))


if __name__ == "__main__":
    main()
