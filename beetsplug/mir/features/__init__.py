"""Sound becomes named values: one module a family of descriptors, no I/O.

Conventions
-----------
y : mono samples, float32 in [-1, 1], shape (n_samples,)
S : magnitude spectrogram, shape (1 + n_fft / 2, n_frames), scaled so that a
    full-scale sine in one bin reads 1
series : one value a frame, shape (n_frames,)

Frames follow the rate: Hann windows of about 46 ms, half overlapping, without
padding at the ends, so that a frame is always real sound.
"""
