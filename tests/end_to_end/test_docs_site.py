"""The docs site in a browser: it opens from the disk, tells a newcomer where to look, and shows the way of a figure."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from publishers import docs_site
from tests.end_to_end.london import London

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMEDRIVER = shutil.which("chromedriver")
PATIENCE = 30
# The page's own copies of dbt's manifest and catalog, as its pages use them.
FILES = "return angular.element(document.body).injector().get('project').files"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless Chromium without a past."""
    if not (CHROMIUM and CHROMEDRIVER) and not os.environ.get("LIIA_REQUIRE_CHROMIUM"):
        pytest.skip("No chromium with chromedriver is installed here; LIIA_REQUIRE_CHROMIUM=1 makes this a failure.")
    assert CHROMIUM and CHROMEDRIVER, "LIIA_REQUIRE_CHROMIUM is set, but there is no chromium with chromedriver."
    options = Options()
    options.binary_location = CHROMIUM
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1400,1000",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the screenshots go, for a person to look at."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def site(browser: webdriver.Chrome, clean_london: London) -> dict[str, Any]:
    """`manifest` and `catalog` as the open page holds them."""
    open_page(browser, clean_london, "overview", "Where to look")
    files: dict[str, Any] = browser.execute_script(FILES)
    return files


def open_page(browser: webdriver.Chrome, london: London, place: str, words: str) -> str:
    """Open one page of the site and wait for some words on it; all its text."""
    browser.get("about:blank")
    browser.get(f"{docs_site.page(london.paths).as_uri()}#!/{place}")
    WebDriverWait(browser, PATIENCE).until(lambda page: words in page.find_element(By.TAG_NAME, "body").text)
    return browser.find_element(By.TAG_NAME, "body").text


def test_the_overview_tells_a_newcomer_where_to_look(browser: webdriver.Chrome, clean_london: London, pictures: Path) -> None:
    text = open_page(browser, clean_london, "overview", "Where to look")
    browser.save_screenshot(str(pictures / "overview.png"))
    assert browser.title == docs_site.TITLE
    for words in ("The layers", "How to follow a figure to its source", "Privacy", "fct_measure", "liia findings"):
        assert words in text
    drawn = browser.execute_script(
        "return Array.from(document.images).filter(i => i.offsetWidth).map(i => [i.alt, i.complete && i.naturalWidth > 0])"
    )
    assert ["liia warehouse", True] in drawn
    assert len(drawn) >= 2
    assert all(is_drawn for _, is_drawn in drawn)


def test_every_link_of_the_overview_leads_to_a_page(browser: webdriver.Chrome, clean_london: London, site: dict[str, Any]) -> None:
    open_page(browser, clean_london, "overview", "Where to look")
    links = browser.execute_script("return Array.from(document.querySelectorAll('.app-details a[href^=\"#!\"]')).map(a => a.hash)")
    assert len(links) >= 6
    assert {link.rsplit("/", 1)[1] for link in links} <= set(site["manifest"]["nodes"])


def test_a_model_page_has_its_text_its_columns_and_its_sql(browser: webdriver.Chrome, clean_london: London, pictures: Path) -> None:
    text = open_page(browser, clean_london, "model/model.liia_warehouse.fct_measure", "Grain")
    browser.save_screenshot(str(pictures / "model.png"))
    for words in ("fct_measure", "What it holds", "Watch out", "metric_id", "la_code", "period_end", "denominator", "Code"):
        assert words in text
    assert "not currently documented" not in text
    described = browser.execute_script(
        "return Array.from(document.querySelectorAll('tr.column-row')).map(r => r.cells[2].innerText.trim())"
    )
    assert len(described) >= 9
    assert all(described)


def way_up(parents: dict[str, list[str]], node: str, top: str) -> list[str]:
    """A shortest way from `top` down to a node; empty where there is none."""
    reached: dict[str, list[str]] = {node: [node]}
    waiting = [node]
    for one in waiting:
        for parent in parents.get(one, []):
            if parent not in reached:
                reached[parent] = [parent, *reached[one]]
                waiting.append(parent)
    return reached.get(top, [])


def test_the_way_from_a_raw_table_to_a_dashboard_is_in_the_page(
    browser: webdriver.Chrome, clean_london: London, site: dict[str, Any], pictures: Path
) -> None:
    manifest = site["manifest"]
    raw = "source.liia_warehouse.raw_cin_census.assessment_factor"
    dashboards = [name for name, exposure in manifest["exposures"].items() if exposure["type"] == "dashboard"]
    assert dashboards
    found = [way for name in dashboards if (way := way_up(manifest["parent_map"], name, raw))]
    assert found
    layers = [[part.split(".")[2][:4] for part in way[1:-1]] for way in found]
    assert any(names[0] == "stg_" and "fct_" in names and names[-1] == "shar" for names in layers), layers
    name = found[0][-1]
    text = open_page(browser, clean_london, f"exposure/{name}", "Depends On")
    browser.save_screenshot(str(pictures / "exposure.png"))
    assert manifest["exposures"][name]["label"] in text


def test_every_model_column_and_dashboard_is_described(site: dict[str, Any]) -> None:
    manifest, catalog = site["manifest"], site["catalog"]
    silent = []
    for name, node in {**manifest["nodes"], **manifest["sources"]}.items():
        if node["resource_type"] not in ("model", "seed", "source"):
            continue
        if not node["description"]:
            silent.append(name)
        texts = {column.lower(): about["description"] for column, about in node["columns"].items()}
        there = {**catalog["nodes"], **catalog["sources"]}.get(name, {"columns": {}})["columns"]
        silent += [f"{name}.{column}" for column in there if not texts.get(column.lower())]
    silent += [name for name, exposure in manifest["exposures"].items() if not exposure["description"]]
    assert silent == []


def test_the_picture_of_the_lineage_is_drawn(browser: webdriver.Chrome, clean_london: London, pictures: Path) -> None:
    open_page(browser, clean_london, "model/model.liia_warehouse.fct_measure?g_v=1&g_i=1%2Bfct_measure%2B2", "fct_measure")
    WebDriverWait(browser, PATIENCE).until(
        lambda page: page.execute_script("return document.querySelectorAll('canvas').length") >= 1
    )
    browser.save_screenshot(str(pictures / "lineage.png"))


def test_the_site_asks_for_nothing_and_complains_of_nothing(browser: webdriver.Chrome, clean_london: London) -> None:
    """Runs last: looks at all that the browser recorded over the tests above."""
    open_page(browser, clean_london, "overview", "Where to look")
    page = docs_site.page(clean_london.paths).as_uri()
    asked = set()
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent" and message["params"]["documentURL"].startswith("file:"):
            asked.add(message["params"]["request"]["url"].split("#")[0])
    assert page in asked
    assert {url for url in asked if not url.startswith("data:")} == {page}
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
