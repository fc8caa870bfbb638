"""The program that draws QR codes. Whether a camera reads them is looked at in
test_phone_page.py."""

import subprocess

import pytest

from rig.daemon import binary
from rig.terminal import drawn


@pytest.mark.parametrize("text, status", [
    (b"", 65), (b"\n", 65), (b"x" * 2953, 0), (b"x" * 2954, 65), (b"x" * 100000, 65)])
def test_what_fits_into_a_code(text, status):
    qr = binary().parents[1] / "libexec" / "imappushd" / "qr"
    done = subprocess.run([qr], input=text, capture_output=True, check=False)
    assert done.returncode == status
    assert bool(drawn(done.stdout.decode())) == (status == 0)
