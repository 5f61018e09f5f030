"""What the axes of an encoding are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..names import FEATURES, NETWORK

if TYPE_CHECKING:
    from ..space.encoders import Encoder

_MOST = 3  # that are drawn


def axis_names(encoder: Encoder, encoding: str) -> tuple[str, ...]:
    """Return what the first axes of a fitted *encoding* are, at most three."""
    if encoding == "pca":
        shares = enumerate(encoder.layers.explained[:_MOST], start=1)
        return tuple(f"component {number} ({share:.0%})" for number, share in shares)
    if encoding == "autoencoder":
        return tuple(f"code {number} (0 to 1)" for number in range(1, _MOST + 1))
    if encoder.features == NETWORK:
        return tuple(f"value {number} of the network" for number in range(1, _MOST + 1))
    return tuple(feature.label for feature in FEATURES[:_MOST])
