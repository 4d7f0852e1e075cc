"""A web page as a shopper without JavaScript sees it: its title, links and forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form and what it would send if its button were pressed now."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """Parses one HTML page. Of radio buttons and options it keeps what is chosen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.title = ""
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._in_title = False
        self._select: str | None = None
        self.feed(text)

    def form(self, action: str) -> Form:
        """Return the form that posts to `action`; LookupError when the page has none."""
        for form in self.forms:
            if form.action == action:
                return form
        raise LookupError(f"no form for {action} on the page titled {self.title!r}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "title":
            self._in_title = True
        elif tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
        elif self.forms:
            self._handle_control(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def _handle_control(self, tag: str, values: dict[str, str]) -> None:
        fields = self.forms[-1].fields
        if tag == "select":
            self._select = values.get("name")
        elif tag == "option" and self._select and ("selected" in values or self._select not in fields):
            fields[self._select] = values.get("value", "")
        elif tag == "textarea" and "name" in values:
            fields[values["name"]] = ""
        elif tag == "input" and "name" in values and _is_sent(values):
            fields[values["name"]] = values.get("value", "")


def _is_sent(control: dict[str, str]) -> bool:
    if control.get("type") in {"radio", "checkbox"}:
        return "checked" in control
    return control.get("type") != "submit"
