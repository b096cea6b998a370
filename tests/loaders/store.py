"""Small returns and a data folder of its own, for the tests of loading, vault, ledger and command line."""

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import liia as liia_module
from loaders import facts, keys, warehouse
from loaders.settings import PROJECT_ROOT, Paths

HEADER = "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB"
EPISODES = "CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN"


def new_keys(paths: Paths) -> None:
    for place in (paths.pseudonym_key, paths.warehouse_key):
        keys.new_key(place)


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    # a file written a moment ago counts as still being written
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def header(paths: Paths, authority: str, year: int, children: list[int], *, sex: str = "1", name: str = "header") -> Path:
    """An SSDA903 header file with one row per child number."""
    rows = "".join(f"{child},{sex},{1 + child % 28:02d}/06/2010,WBRI,UN1,,\n" for child in children)
    return put(paths.returns / "ssda903" / authority / str(year) / f"SSDA903_{year}_{name}.csv", f"{HEADER}\n{rows}")


def episodes(paths: Paths, authority: str, year: int, children: list[int], *, n_each: int = 1) -> Path:
    """An SSDA903 episodes file with `n_each` rows per child number."""
    rows = "".join(
        f"{child},{1 + n % 28:02d}/{1 + n // 28 % 12:02d}/{2000 + n // 336 % 20},S,C2,N1,U4,PR1,,,,ZZ91 1AA,ZZ91 4BB,SC100001\n"
        for child in children
        for n in range(n_each)
    )
    return put(paths.returns / "ssda903" / authority / str(year) / f"SSDA903_{year}_episodes.csv", f"{EPISODES}\n{rows}")


def census(
    paths: Paths, la_code: str, authority: str, year: int, children: list[int], *, serial: int = 1, name: str = "cin_census"
) -> Path:
    """A children in need census of 2025 or later: one referral per child number."""
    listed = "".join(
        f"""  <Child>
   <ChildIdentifiers><LAchildID>{child}</LAchildID><UPNunknown>UN1</UPNunknown>
    <PersonBirthDate>2012-07-{1 + child % 28:02d}</PersonBirthDate><Sex>F</Sex></ChildIdentifiers>
   <ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>
   <CINdetails><CINreferralDate>{year - 1}-06-02</CINreferralDate><ReferralSource>2A</ReferralSource>
    <PrimaryNeedCode>N1</PrimaryNeedCode><ReferralNFA>0</ReferralNFA></CINdetails>
  </Child>
"""
        for child in children
    )
    return put(
        paths.returns / "cin_census" / authority / str(year) / f"{name}_{year}.xml",
        f"""<?xml version="1.0" encoding="UTF-8"?>
<Message>
 <Header><CollectionDetails><Collection>CIN</Collection><Year>{year}</Year><ReferenceDate>{year}-03-31</ReferenceDate>
  </CollectionDetails><Source><SourceLevel>L</SourceLevel><LEA>{la_code}</LEA><SoftwareCode>Invented</SoftwareCode>
  <Release>1</Release><SerialNo>{serial:03d}</SerialNo><DateTime>{year}-05-14T09:30:00</DateTime></Source></Header>
 <Children>
{listed} </Children>
</Message>
""",
    )


def rows(paths: Paths, sql: str) -> list[tuple[object, ...]]:
    """What a query of the warehouse gives."""
    connection = warehouse.connect(paths, read_only=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def raw_rows(paths: Paths) -> dict[str, list[tuple[object, ...]]]:
    """Every raw table, row for row, in the order of its loads and their rows."""
    connection = warehouse.connect(paths, read_only=True)
    try:
        return {
            f"{a_return.raw_schema}.{table.table}": connection.execute(
                f'SELECT * FROM "{a_return.raw_schema}"."{table.table}" ORDER BY ALL'
            ).fetchall()
            for a_return in facts.returns().values()
            for table in a_return.tables
        }
    finally:
        connection.close()


def ledger_rows(paths: Paths) -> list[tuple[object, ...]]:
    """ledger.load without its clock."""
    return rows(paths, "SELECT * EXCLUDE (recorded_at) FROM ledger.load ORDER BY ALL")


def statuses(paths: Paths) -> list[str]:
    return [str(row[0]) for row in rows(paths, "SELECT status FROM ledger.load ORDER BY load_number, load_id")]


def environment(data: Path, **more: str) -> dict[str, str]:
    """What `liia` sees when it runs on `data` as a command of its own; its keys lie in data/config."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LIIA_")}
    return {**inherited, "LIIA_DATA": str(data), "XDG_CONFIG_HOME": str(data / "config"), "COLUMNS": "120", **more}


@dataclass(frozen=True)
class Done:
    """What a command left on the screen, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def liia(data: Path, *arguments: str, stdin: str = "", **more: str) -> Done:
    """Run `liia` to its end, in this process but as if it were one of its own: its arguments, environment and screen."""
    out, told = io.StringIO(), io.StringIO()
    code: object = 0
    with (
        mock.patch.dict(os.environ, environment(data, **more), clear=True),
        mock.patch.object(sys, "argv", ["liia", *arguments]),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(told),
    ):
        try:
            liia_module.main()
        except SystemExit as ended:
            code = ended.code
    return Done(code if isinstance(code, int) else 0, out.getvalue(), told.getvalue())


def liia_process(data: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `liia` as a process of its own, to its end."""
    return subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "liia.py"), *arguments],
        env=environment(data, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
