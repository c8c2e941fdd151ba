import math

from refocus.evaluate.grid import summarize
from refocus.evaluate.measure import Row, SceneResult


def test_a_frame_without_a_value_is_left_out_of_the_mean_and_said() -> None:
    values = [{"psnr": 30.0, "vif": 0.5}, {"psnr": 32.0, "vif": math.nan}, {"psnr": 34.0, "vif": 0.7}]
    rows = tuple(Row(None, output, one) for output, one in enumerate(values))
    grid = summarize([SceneResult("night", rows)], {})
    assert grid.means == {"psnr": 32.0, "vif": 0.6}
    assert grid.notes == ("VIF is not defined for 1 of 3 frames, which are left out of its mean.",)
