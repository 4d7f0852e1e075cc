"""One page for each alert, which starts at the dot."""

import json
import re
from pathlib import Path

import pytest

from tests.deploy.reading import DEPLOY, alerts

PAGES = sorted((DEPLOY / "runbooks").glob("*.md"))
BOARDS = [json.loads(path.read_text()) for path in (DEPLOY / "grafana" / "dashboards").glob("*.json")]
# By compose and in Kubernetes, where the way to all back ends is open.
_WHERE = re.compile(
    r" *docker compose -f deploy/compose/compose\.yml exec worker-default (webstore manage \w+.*)\n"
    r" *kubectl -n webstore exec deploy/worker-default -- \1\n *"
)


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    assert {page.stem for page in PAGES} == {rule["alert"] for rule in alerts()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_its_alert_and_starts_at_the_dot(page: Path) -> None:
    text = page.read_text()
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert text.startswith(f"# {page.stem}\n")
    assert sections == ["Start at the dot", "Then"]
    assert "**Customers**" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_fits_a_screen_and_its_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()

    assert len(text.splitlines()) <= 45
    assert [link for link in re.findall(r"]\((\S+\.md)\)", text) if not (page.parent / link).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_the_dots_its_alert_names(page: Path) -> None:
    queries = {rule["annotations"].get("exemplar_query") for rule in alerts() if rule["alert"] == page.stem}

    asked = {query.replace(',http_request_method="POST"', "") for query in queries if query}
    assert {query for query in asked if query not in page.read_text()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_in_which_container_a_command_runs(page: Path) -> None:
    text = page.read_text()
    blocks = re.findall(r"```bash\n(.+?)```", text, re.DOTALL)

    assert [block for block in blocks if not _WHERE.fullmatch(block)] == []
    # The image holds no checkout, and a container knows no public address of the shop to buy at.
    assert "manage.py" not in text
    assert "--checkout" not in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_dashboards_and_panels_a_page_names_are_there(page: Path) -> None:
    text = " ".join(page.read_text().split())
    boards = set(re.findall(r"[Dd]ashboard \*([^*]+)\*", text))
    panels = set(re.findall(r"\*\*([^*]+)\*\*", text)) - {"Customers"}

    assert boards
    assert boards <= {board["title"] for board in BOARDS}
    assert panels
    assert panels <= {panel["title"] for board in BOARDS for panel in board["panels"]}
