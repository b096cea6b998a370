"""Finding files: what is offered, what is refused and why, and that nothing of a ZIP reaches the disk."""

import os
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from loaders import sources
from loaders.contract import SourceFile
from loaders.errors import ReturnRejected
from loaders.sources import RefusedSource, discover

OLD = (1_700_000_000, 1_700_000_000)


def put(path: Path, data: bytes = b"CHILD\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, OLD)
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    os.utime(path, OLD)
    return path


def refusals(*paths: Path) -> dict[str, str]:
    return {s.shown.split("/")[-1]: s.rule_code for s in discover(paths) if isinstance(s, RefusedSource)}


def content(source: SourceFile | RefusedSource) -> bytes:
    assert isinstance(source, SourceFile), source
    with source.open() as stream:
        return stream.read()


def test_a_folder_gives_its_files_sorted_and_passes_over_what_programs_leave(tmp_path: Path) -> None:
    for name in ("b/2024/x.csv", "a/2024/y.CSV", "a/2023/z.xml", ".git/q.csv", "a/.hidden.csv", "a/~$z.xlsx"):
        put(tmp_path / name)
    for name in ("a/.DS_Store", "a/desktop.ini", "Thumbs.db", "__MACOSX/x.csv"):
        put(tmp_path / name)
    found = list(discover([tmp_path], tmp_path))
    assert [source.shown for source in found] == ["a/2023/z.xml", "a/2024/y.CSV", "b/2024/x.csv"]
    assert found[0].hints == ("a", "2023", "z.xml")


def test_outside_the_base_three_folders_are_hints(tmp_path: Path) -> None:
    path = put(tmp_path / "one" / "two" / "three" / "four" / "x.csv")
    assert next(iter(discover([path]))).hints == ("two", "three", "four", "x.csv")


def test_a_file_given_twice_comes_once(tmp_path: Path) -> None:
    path = put(tmp_path / "a" / "x.csv")
    assert len(list(discover([path, tmp_path, path]))) == 1


def test_what_is_no_return_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "Annex A.xlsx")
    put(tmp_path / "notes")
    assert refusals(tmp_path, tmp_path / "absent.csv") == {
        "Annex A.xlsx": "not_a_return",
        "notes": "not_a_return",
        "absent.csv": "unreadable_file",
    }


def test_a_pipe_is_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    assert refusals(tmp_path) == {"x.csv": "not_a_return"}


def test_a_source_travels_to_another_process(tmp_path: Path) -> None:
    put(tmp_path / "x.csv", b"one")
    zipped(tmp_path / "y.zip", {"camden/2024/z.csv": b"two"})
    travelled = pickle.loads(pickle.dumps(list(discover([tmp_path], tmp_path))))
    assert [content(source) for source in travelled] == [b"one", b"two"]
    assert travelled[0].sha256() == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"


def test_members_of_a_zip_are_files_with_their_own_place(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "ssda903" / "camden.zip",
        {"2024/header.csv": b"h" * 3000, "2024/": b"", "__MACOSX/2024/._header.csv": b"x", "2023\\header.csv": b"g"},
    )
    before = sorted(tmp_path.rglob("*"))
    found = list(discover([path], tmp_path))
    # the archive's own order does not count
    assert [source.hints for source in found] == [
        ("ssda903", "camden.zip", "2023", "header.csv"),
        ("ssda903", "camden.zip", "2024", "header.csv"),
    ]
    assert [content(source) for source in found] == [b"g", b"h" * 3000]
    assert [source.size for source in found if isinstance(source, SourceFile)] == [1, 3000]
    assert sorted(tmp_path.rglob("*")) == before


def test_two_members_of_one_name_are_two_files(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.csv", b"first")
        archive.writestr("a.csv", b"second")
    os.utime(path, OLD)
    assert [content(source) for source in discover([path])] == [b"first", b"second"]


def test_attacks_by_zip_are_refused(tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner" / "i.zip", {"a.csv": b"x"}).read_bytes()
    path = zipped(
        tmp_path / "x.zip",
        {
            "../../outside.csv": b"x",
            "/absolute.csv": b"x",
            "C:/drive.csv": b"x",
            "nested.zip": inner,
            "bomb.csv": b"0" * (3 << 20),
            "program.exe": b"x",
            "good.csv": b"x",
        },
    )
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    os.utime(path, OLD)
    assert refusals(path) == {
        "outside.csv": "zip_path_outside",
        "absolute.csv": "zip_path_outside",
        "drive.csv": "zip_path_outside",
        f"{'x.zip'} › nested.zip": "zip_nested",
        "x.zip › bomb.csv": "zip_too_large",
        "x.zip › program.exe": "not_a_return",
        "x.zip › link.csv": "zip_path_outside",
    }
    assert [s.member for s in discover([path]) if isinstance(s, SourceFile)] == ["good.csv"]


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.csv": b"secret"})
    data = bytearray(path.read_bytes())
    # bit 0 of the general purpose flag, in the local header and in the directory
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(signature) + offset
        struct.pack_into("<H", data, place, struct.unpack_from("<H", data, place)[0] | 1)
    put(path, bytes(data))
    assert list(refusals(path).values()) == ["zip_encrypted"]


def test_a_zip_of_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "x.zip", {"a.csv": os.urandom(2000), "b.csv": os.urandom(2000)})
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 3000)
    assert refusals(path) == {"x.zip": "zip_too_large"}
    monkeypatch.setattr(sources, "MAX_TOTAL_BYTES", 1 << 30)
    monkeypatch.setattr(sources, "MAX_MEMBERS", 1)
    assert refusals(path) == {"x.zip": "zip_too_large"}


def test_a_damaged_zip_is_refused_and_a_damaged_member_shows_while_it_is_read(tmp_path: Path) -> None:
    put(tmp_path / "no.zip", b"PK this is no zip")
    path = zipped(tmp_path / "x.zip", {"a.csv": os.urandom(200_000)})
    data = bytearray(path.read_bytes())
    data[100_000] ^= 0xFF
    put(path, bytes(data))
    no_zip, member = discover([tmp_path])
    assert isinstance(no_zip, RefusedSource) and no_zip.rule_code == "zip_damaged"
    with pytest.raises(ReturnRejected) as damaged:
        content(member)
    assert damaged.value.rule_code == "unreadable_file"


def test_a_file_that_vanishes_is_rejected(tmp_path: Path) -> None:
    path = put(tmp_path / "x.csv")
    (source,) = discover([path])
    path.unlink()
    with pytest.raises(ReturnRejected, match="cannot be opened"):
        content(source)


class Clock:
    """A clock that only a sleep moves; `while_asleep` happens to the file then."""

    def __init__(self, start: float, while_asleep: list[bytes], path: Path) -> None:
        self.time = start
        self.slept = 0
        self.while_asleep = while_asleep
        self.path = path

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.slept += 1
        if self.while_asleep:
            self.path.write_bytes(self.path.read_bytes() + self.while_asleep.pop(0))
            os.utime(self.path, (self.time, self.time))


def test_a_file_being_written_is_waited_for(tmp_path: Path) -> None:
    path = put(tmp_path / "x.csv", b"one,")
    os.utime(path, (1000.0, 1000.0))
    clock = Clock(1000.1, [b"two,", b"three"], path)
    (source,) = discover([path], None, clock.sleep, clock.now)
    assert content(source) == b"one,two,three"
    assert isinstance(source, SourceFile) and source.size == 13


def test_a_file_that_is_written_for_ever_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path / "x.csv", b"")
    os.utime(path, (1000.0, 1000.0))
    clock = Clock(1000.1, [b"x"] * 1000, path)
    (source,) = discover([path], None, clock.sleep, clock.now)
    assert isinstance(source, RefusedSource) and source.rule_code == "still_being_written"
    assert clock.slept == sources.WAITS


def test_an_old_file_is_not_waited_for_nor_one_of_a_clock_ahead(tmp_path: Path) -> None:
    path = put(tmp_path / "x.csv")
    clock = Clock(1_700_000_100, [], path)
    list(discover([path], None, clock.sleep, clock.now))
    assert clock.slept == 0
    os.utime(path, (1_700_009_999, 1_700_009_999))
    (source,) = discover([path], None, clock.sleep, clock.now)
    assert isinstance(source, SourceFile) and clock.slept == 1
