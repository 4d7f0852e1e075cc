"""`manage.py seed`: products to buy on the first day. Running it again changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from webstore.catalog import shelves
from webstore.catalog.seeding import Progress, seed

MAX_PRODUCTS = 1_000_000
_BAR_WIDTH = 30


class Command(BaseCommand):
    help = "Fill the shelves. Products that are there already are left as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--products", metavar="N", help="make a big catalogue of N products in all")

    def handle(self, *_args: Any, products: str | None, **_options: Any) -> None:
        first_count = len(shelves.first_products(shelves.read()))
        product_count = first_count if products is None else _count(products, at_least=first_count)
        on_progress = self._bar(product_count) if self.stdout.isatty() else self._lines(product_count)
        new_count = seed(product_count=product_count, on_progress=on_progress)
        self.stdout.write(f"{new_count} new products, {product_count - new_count} were there already.")

    def _bar(self, total: int) -> Progress:
        def draw(done: int) -> None:
            filled = _BAR_WIDTH * done // total
            bar = "█" * filled + "░" * (_BAR_WIDTH - filled)
            self.stdout.write(f"\r{bar} {done} of {total}", ending="\n" if done == total else "")
            self.stdout.flush()

        return draw

    def _lines(self, total: int) -> Progress:
        """Say something at every tenth, so that a log stays short."""
        said = 0

        def say(done: int) -> None:
            nonlocal said
            tenth = 10 * done // total
            if tenth > said:
                said = tenth
                self.stdout.write(f"{done} of {total}")

        return say


def _count(text: str, *, at_least: int) -> int:
    if not text.isdecimal() or not at_least <= int(text) <= MAX_PRODUCTS:
        raise CommandError(f"--products must be a number from {at_least} to {MAX_PRODUCTS}, not “{text}”.")
    return int(text)
