from __future__ import annotations

import pytest

from explorer.datasets.records.memory_meter import batch_memory


def test_by_hand() -> None:
    need = batch_memory(batch_size=2, label_pad=3, num_anchors=10, input_size=4)
    assert (need.images, need.labels) == (2 * 3 * 16 * 4, 2 * 3 * 5 * 4)
    assert (need.matching, need.targets) == (11 * 2 * 10 * 3 * 4, 2 * 10 * 9 * 4)
    assert need.total == 384 + 120 + 2640 + 720
    with pytest.raises(ValueError, match="must be at least 1, got 2, 0, 10, 256"):
        batch_memory(2, 0, 10)


def test_toy_ssd_with_a_crowded_image() -> None:
    """MXNet's process grew by 884 MB for this call, of which 5 are targets."""
    assert batch_memory(32, 120, 5444).matching / 2**20 == pytest.approx(877, abs=1)
