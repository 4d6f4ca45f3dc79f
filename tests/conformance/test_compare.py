# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparer itself: it must fail where it should."""

import pytest

import compare
import matrix

MANUAL = {"WHO REACHES WHOM"}
THEIRS = """# provider ip
[ipvlan l2 bridge]
a: one to host | wire=1 | a.tx=1
a: two to host | host=1 | a.tx=1
a: three to b | b=1 | a.tx=1; b.rx=1+14
"""
OURS = THEIRS.replace("one to host | wire=1", "one to host | host=1")
LISTED = """
[reachable]
manual: WHO REACHES WHOM
reason: they reach each other
case: ipvlan l2 * / a: one to host / host: - -> 1
case: ipvlan l2 * / a: one to host / wire: 1 -> -
"""


def result(ours=OURS, listed=LISTED, theirs=THEIRS, manual=frozenset(MANUAL)):
    return compare.compare(matrix.load(theirs), matrix.load(ours),
                           compare.parse(listed), manual)


def failures(*args, **kwargs):
    found = result(*args, **kwargs).failures
    return [text for texts in found.values() for text in texts]


def unused(listed, *drivers):
    return compare.unused(compare.parse(listed), [
        result(listed=listed, theirs=theirs) for theirs in drivers])


def test_equal_matrices_pass():
    found = result(THEIRS, "")
    assert (found.failures, found.equal) == ({}, 7)


def test_a_listed_difference_passes():
    found = result()
    assert found.failures == {}
    assert found.listed == {
        ("ipvlan l2 bridge", "a: one to host", cell): "reachable"
        for cell in ("host", "wire")}


def test_an_unlisted_difference_fails():
    assert failures(listed="") == [
        "a: one to host: host: theirs -, ours 1",
        "a: one to host: wire: theirs 1, ours -"]


def test_a_listed_difference_that_does_not_occur_fails():
    said = failures(THEIRS)
    assert "a: one to host: host: [reachable] says - -> 1, but: - -> -" in said
    assert len(said) == 2


def test_a_listed_difference_of_no_frame_fails():
    listed = LISTED + "case: ipvlan l2 * / a: four / host: - -> 1\n"
    assert unused(listed, THEIRS) == [
        "[reachable] does not occur: ipvlan l2 * / a: four / host: - -> 1"]


def test_a_listed_difference_may_occur_on_one_kernel_alone():
    listed = LISTED + "case: * / a: three to b / wire: 1 -> -\n"
    other = THEIRS.replace("| b=1 |", "| b=1; wire=1 |")
    assert len(unused(listed, THEIRS)) == 1
    assert unused(listed, THEIRS, other) == []


def test_a_reason_holds_where_it_says():
    listed = LISTED + "where: netkit-* | other-6.1\n"
    assert len(failures(listed=listed)) == 2
    for name, kernel, good in (("netkit", "6.12.9-x", True),
                               ("netkit", "7.2", True), ("other", "6.1.0", True),
                               ("other", "6.12", False)):
        ours = OURS.replace("# provider ip", f"# provider {name}\n"
                            f"# kernel {kernel}")
        assert (failures(ours, listed) == []) == good


def test_one_cell_of_a_pattern_that_does_not_differ_fails():
    wide = LISTED.replace("a: one to host / host", "a: * to * / host")
    assert failures(listed=wide) == [
        "a: three to b: host: [reachable] says - -> 1, but: - -> -"]
    narrow = wide.replace("a: * to * / host", "a: * to * | !* to b / host")
    assert failures(listed=narrow) == []


def test_what_is_open_is_counted_apart():
    listed = "[later]\nopen: why?\ncase: * / a: one * / *: * -> *\n"
    found = result(listed=listed)
    assert found.failures == {} and found.listed == {}
    assert set(found.open.values()) == {"later"} and len(found.open) == 2
    assert compare.unused(compare.parse(listed), [result(THEIRS, listed)]) == [
        "[later] does not occur: * / a: one * / *: * -> *"]


def test_frames_have_names():
    named = LISTED.replace("a: one to host / host", "@ones / host")
    assert failures(listed="frames ones: * one to host\n" + named) == []
    assert len(failures(listed="frames ones: * two to host\n" + named)) == 1


def test_another_difference_than_the_listed_one_fails():
    assert failures(OURS.replace("one to host | host=1", "one to host | host=2")
                    ) == ["a: one to host: host: [reachable] says - -> 1, "
                          "but: - -> 2"]


def test_a_counter_is_a_cell():
    assert failures(OURS.replace("b.rx=1+14", "b.rx=1")) == [
        "a: three to b: b.rx: theirs 1+14, ours 1"]


def test_a_counter_must_fit_what_came():
    listed = LISTED + "case: * / a: three to b / b: 1 -> 2\n"
    twice = OURS.replace("b=1 | a.tx=1; b.rx=1+14", "b=2 | a.tx=1; b.rx=2")
    assert failures(twice, listed) == []
    assert failures(twice.replace("b.rx=2", "b.rx=1"), listed) == [
        "a: three to b: b.rx is 1, but 2 came"]


def test_a_drop_without_a_reason_fails():
    lost = OURS.replace("b=1 | a.tx=1; b.rx=1+14", " | a.tx=1")
    said = failures(lost)
    assert "a: three to b: silent: theirs -, ours yes" in said
    assert not any("b.rx" in text for text in said), "it follows"
    assert not any("silent" in text for text in failures(
        lost.replace("b |  | a.tx=1", "b |  | a.tx=1 | !private=1")))


def test_a_drop_that_the_sender_is_told_of_is_one_that_has_a_reason():
    listed = LISTED + "case: * / a: three to b / b: 1 -> -\n"
    told = OURS.replace("b=1 | a.tx=1; b.rx=1+14", "a.txdrop=1 | !private=1")
    assert failures(told, listed) == []
    assert len(failures(told.replace(" | !private=1", ""), listed)) == 3


def test_a_missing_row_fails():
    assert failures(OURS.rsplit("a:", 1)[0]) == [
        "a: three to b: only one of the two has it"]


def test_what_is_unsupported_is_counted_and_no_listed_difference():
    found = result("[ipvlan l2 bridge]\nunsupported\n")
    assert (found.failures, found.unsupported) == ({}, {"ipvlan l2 bridge": 3})


def test_what_a_hash_decides_is_undecided():
    theirs = THEIRS.replace("b=1 | a.tx=1; b.rx=1+14", "b=? | a.tx=1")
    found = result(theirs=theirs)
    assert (found.failures, found.undecided) == ({}, 2)


def test_a_reason_needs_a_section_of_the_manual():
    assert len(failures(manual=frozenset())) == 1


@pytest.mark.parametrize("theirs, ours, equal", [
    ("2 EINVAL", "2", True), ("2 EINVAL", "2 EINVAL", True),
    ("2", "2 EINVAL", True), ("2 EINVAL", "1", False), ("2 EINVAL", "2 EEXIST", False),
    ("0", "2", False), ("1", "1 x", False)])
def test_errno_need_not_be_named(theirs, ours, equal):
    assert compare.same(theirs, ours) == equal


def test_a_matrix_survives_the_file():
    made = matrix.load(OURS + "[macvlan vepa]\nunsupported\n")
    assert matrix.load(matrix.dump(made)) == made


def test_a_matrix_survives_as_what_is_not_as_in_another():
    base = matrix.load(THEIRS + "[macvlan vepa]\nunsupported\n[x]\na: y\n")
    one = matrix.load(OURS + "[macvlan vepa]\na: b\n[x]\nunsupported\n")
    short = matrix.load(matrix.dump(matrix.less(one, base, "base")))
    assert len(short.sections["ipvlan l2 bridge"]) == 1
    assert matrix.plus(short, base).sections == one.sections
    assert matrix.less(base, base, "base").sections == {
        "ipvlan l2 bridge": [], "macvlan vepa": None, "x": []}


@pytest.mark.parametrize("bad", ["[x]\ncase: nothing\n", "[x]\nwhat: no\n"])
def test_a_bad_line_is_refused(bad):
    with pytest.raises(ValueError):
        compare.parse(bad)
