"""The tests. On matrices as small as theirs, numeric threads cost more than they give."""

import os

for _library in ("OMP_NUM", "OPENBLAS_NUM", "MKL_NUM", "NUMBA_NUM", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{_library}_THREADS", "1")  # read when numpy and others load
