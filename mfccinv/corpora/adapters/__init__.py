"""Corpus adapters: one module for each layout of corpora, named as in ``corpus.name``."""
