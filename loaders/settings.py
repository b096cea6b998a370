"""Where things lie: the data folder, its rooms, and which of the two warehouses (real or demo) is in use."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SEEDS = PROJECT_ROOT / "seeds"

Kind = Literal["real", "demo"]


@dataclass(frozen=True)
class Paths:
    """The rooms of one warehouse. `kind` says whether it holds real returns or the invented London."""

    root: Path
    kind: Kind

    @property
    def returns(self) -> Path:
        return self.root / "returns"

    @property
    def truth(self) -> Path:
        return self.root / "truth"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def vault(self) -> Path:
        return self.root / "vault"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def dbt(self) -> Path:
        return self.root / "dbt"

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    @property
    def lock(self) -> Path:
        return self.root / ".lock"

    @property
    def pseudonym_key(self) -> Path:
        """The loading and vault secret; the demo keeps its own beside its data."""
        if self.kind == "demo":
            return self.root / "keys" / "pseudonym.key"
        return Path(os.environ.get("LIIA_PSEUDONYM_KEY_FILE") or config_dir() / "pseudonym.key")

    @property
    def warehouse_key(self) -> Path:
        """The secret that opens the warehouse file; the demo keeps its own beside its data."""
        if self.kind == "demo":
            return self.root / "keys" / "warehouse.key"
        return Path(os.environ.get("LIIA_WAREHOUSE_KEY_FILE") or config_dir() / "warehouse.key")

    def make(self) -> None:
        """Create the folder and its private rooms (mode 0700)."""
        for place in (self.root, self.vault, self.tmp, self.dbt):
            place.mkdir(parents=True, exist_ok=True)
            place.chmod(0o700)


def config_dir() -> Path:
    """The user's config folder for this project, by the XDG convention."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "liia"


def data_dir() -> Path:
    """`LIIA_DATA`, or `data/` in the project."""
    return Path(os.environ.get("LIIA_DATA") or PROJECT_ROOT / "data").resolve()


def real_paths() -> Paths:
    return Paths(data_dir(), "real")


def demo_paths() -> Paths:
    return Paths(data_dir() / "demo", "demo")


def current_paths() -> Paths:
    """The real warehouse if there is one, else the demo's if only that has been built, else the real one."""
    real, demo = real_paths(), demo_paths()
    if not real.warehouse.exists() and demo.warehouse.exists():
        return demo
    return real
