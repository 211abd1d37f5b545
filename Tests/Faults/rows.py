"""The rows of the fault matrix (docs/faults.md), by their numbers."""

import os


class CannotRun(Exception):
    """What a row needs is not to be had here; the reason."""


class Row:
    def __init__(self, number, injected, function, seconds, alone):
        self.number, self.injected, self.function = number, injected, function
        self.seconds, self.alone = seconds, alone


ROWS = []
LONG = bool(os.environ.get("FAULTS_LONG"))
TLS = bool(os.environ.get("FAULTS_TLS"))


def row(number, injected, seconds=90, alone=False):
    """A row: what it injects, how long it may take, and whether others would notice it."""
    def register(function):
        ROWS.append(Row(number, injected, function, seconds, alone))
        return function
    return register
