"""The kill test: persons write on every channel while processes are killed, and every message is counted.

`python -m tests.kill --help` says how to run it; `test_nothing_is_lost.py` is the short version of it.
"""
