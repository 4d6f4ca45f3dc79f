# SPDX-License-Identifier: GPL-2.0-or-later
"""What is recorded is explained, and the document is made of it."""

import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
DOCUMENT = HERE.parents[1] / "docs/conformance.md"


def run(*options):
    return subprocess.run([HERE / "run", *options], capture_output=True,
                          text=True, check=False)


def test_records_differ_only_as_listed():
    done = run("--recorded", "--supported-only")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_document_is_that_of_the_records(tmp_path):
    done = run("--docs", "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    made = (tmp_path / DOCUMENT.name).read_text(encoding="utf-8")
    assert made == DOCUMENT.read_text(encoding="utf-8"), "run --docs"
