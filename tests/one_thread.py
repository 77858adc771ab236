"""Pytest plugin, loaded before NumPy: it computes in one thread.

Several processes share the cores; the threads of each would spin while they wait for one another.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
