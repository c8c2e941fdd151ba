from pathlib import Path

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from refocus.media.exif import Camera, camera_from_exif

FOCAL_LENGTH, F_NUMBER, APERTURE, DISTANCE, FOCAL_35 = 37386, 33437, 37378, 37382, 41989


def test_every_fact_is_read() -> None:
    tags = {
        FOCAL_LENGTH: IFDRational(425, 100),
        F_NUMBER: IFDRational(18, 10),
        DISTANCE: IFDRational(3, 2),
        FOCAL_35: 26,
    }
    assert camera_from_exif(tags) == Camera(4.25, 1.8, 26.0, 1.5)


def test_nothing_given_is_nothing_known() -> None:
    assert camera_from_exif({}) == Camera(None, None, None, None)


def test_f_number_from_apex_when_there_is_no_other() -> None:
    assert camera_from_exif({APERTURE: IFDRational(4, 1)}).f_number == pytest.approx(4.0)  # N = 2^(4/2)
    assert camera_from_exif({APERTURE: IFDRational(4, 1), F_NUMBER: IFDRational(2, 1)}).f_number == 2.0


@pytest.mark.parametrize(
    "value",
    [
        IFDRational(5, 0),
        IFDRational(0, 0),
        IFDRational(0, 1),
        IFDRational(-3, 1),
        0,
        4294967295,
        float("nan"),
        float("inf"),
        "28 mm",
        b"\x00\x01",
        (1, 2, 3),
        (),
        None,
        10**400,
    ],
)
def test_impossible_values_count_as_not_given(value: object) -> None:
    tags = dict.fromkeys((FOCAL_LENGTH, F_NUMBER, APERTURE, DISTANCE, FOCAL_35), value)
    camera = camera_from_exif(tags)
    assert camera.focal_length_mm is None
    assert camera.focal_length_35mm is None
    assert camera.subject_distance_m is None
    assert camera.f_number in (None, 1.0)  # APEX 0 is f/1


def test_a_tuple_of_one_is_its_value() -> None:
    assert camera_from_exif({FOCAL_LENGTH: (50.0,)}).focal_length_mm == 50.0


def test_facts_survive_a_real_file(tmp_path: Path) -> None:
    from refocus.media import Photo

    exif = Image.Exif()
    exif.get_ifd(0x8769).update({FOCAL_LENGTH: 4.25, F_NUMBER: 1.8, FOCAL_35: 26})
    Image.new("RGB", (80, 64), "teal").save(tmp_path / "a.jpg", exif=exif)
    camera = Photo.open(tmp_path / "a.jpg").camera
    assert (camera.focal_length_mm, camera.f_number) == pytest.approx((4.25, 1.8))
    assert (camera.focal_length_35mm, camera.subject_distance_m) == (26.0, None)
