"""The tests. On matrices as small as theirs, numeric threads cost more than they give."""

import os
import sys

for _library in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "NUMBA_NUM", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{_library}_THREADS", "1")  # read when numpy and others load

# And each of their some hundred processes would compile all code anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
