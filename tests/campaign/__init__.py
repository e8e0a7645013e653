"""A campaign of trials: what is damaged, hostile, full, killed or done twice at once must neither harm nor mislead.

    make campaign                                           an hour on two cores; if stopped, call it again to go on
    PYTHONPATH=tests python -m campaign --only flips --minutes 5

A trial is a function of the test's name, the seed and its number alone. The tests of a module are its ``TESTS``.
`campaign.outcome` says how a trial may end.
"""
