"""Sound becomes named values: one module a family of descriptors, no I/O.

Conventions
-----------
y : mono samples, float32 in [-1, 1], shape (n_samples,)
S : magnitude spectrogram, float32, shape (n_frames, 1 + n_fft / 2), one row a frame;
    scaled so that a full-scale sine in one bin reads 1
series : one value a frame, float32, shape (n_frames,)

Frames follow the rate: Hann windows of about 46 ms, half overlapping, without
padding at the ends, so that a frame is always real sound.

Each family says in its ``DESCRIPTIONS`` what its features are. :mod:`.plain` states all
of them in librosa; the families say the same in one pass over each frame, compiled by
numba (which librosa brings along) and cached on disk.
"""
