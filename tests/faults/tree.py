"""The shop as a tree of processes that may be broken: the very programs of `make run`.

A supervisor brings back what dies. Between two programs there may be a proxy, and the
customers keep a journal for the judge.
"""

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import requests

from tests.e2e.evidence import eventually
from tests.e2e.running import ROOT, free_places
from tests.faults.books import Books
from tests.faults.customers import Customers
from tests.faults.inside.arming import armed
from tests.faults.judge import Judge, Verdict, Violation
from tests.faults.provider import Provider
from tests.faults.proxy import Proxy
from tests.faults.recovery import seed
from tests.faults.supervised import children_of, end, supervised
from webstore.demo import surroundings
from webstore.demo.__main__ import stage
from webstore.demo.places import HOST, Places
from webstore.demo.programs import Program
from webstore.demo.running import fill_database
from webstore.demo.supervision import NO_ANSWER

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Tree(Books):
    """A demo in which things may break."""

    surroundings: dict[str, str]
    programs: tuple[Program, ...]
    # By who listens behind it: "provider", "broker", "sink".
    proxies: Mapping[str, Proxy]
    customers: Customers
    # Where the switch inside the programs looks for wishes.
    wishes: Path

    @property
    def provider(self) -> Provider:
        return Provider(self.places.url(self.places.provider_port, ""))

    def environment(self) -> dict[str, str]:
        """Return what the programs run in, to run one more beside them."""
        return self.surroundings

    def pids(self, program: str) -> list[int]:
        """Return a program's main process and its children, [] when it does not run."""
        main = self.supervisor.pid(program)
        return [main, *children_of(main)] if main else []

    def kill(self, pids: Iterable[int], number: int = signal.SIGKILL) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    @contextmanager
    def hanging(self, program: str) -> Iterator[None]:
        """Stop every process of a program in its tracks, for as long as the block takes."""
        pids = self.pids(program)
        self.kill(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            self.kill(pids, signal.SIGCONT)

    @contextmanager
    def without(self, program: str) -> Iterator[None]:
        """Stop a program as a person does, and start it again after the block."""
        self.supervisor.stop(program)
        try:
            yield
        finally:
            self.supervisor.start(program)

    def wish(self, name: str) -> Path:
        """Leave a wish like `kill-at-after_claim` for the programs; return its file."""
        file = self.wishes / name
        file.touch()
        return file

    @contextmanager
    def one_more(
        self, program: str, *options: str, **environment: str
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """Run one more of a program, or one that is a little different, for as long as the block takes."""
        [twin] = [found for found in self.programs if found.name == program]
        own = self.surroundings | twin.environment | environment
        with (self.places.logs / f"{program}-twin.log").open("a") as log:
            process = subprocess.Popen([*twin.command, *options], cwd=ROOT, env=own, stdout=log, stderr=log)
            try:
                yield process
            finally:
                end(process)

    def verify(self, *, settle_seconds: float = _PATIENCE_SECONDS) -> Verdict:
        """Return what the judge says of everything that happened here so far."""
        judge = Judge(self.environment(), self.places.data / "ledger.sqlite3", self.customers.journal)
        return judge.verdict(settle_seconds=settle_seconds)

    def violations(self) -> list[Violation]:
        """Return what is wrong once the shop is quiet; fail when it does not become so."""
        verdict = self.verify()
        assert verdict.settled, f"still moving after {_PATIENCE_SECONDS} s: {verdict.counts}"
        return list(verdict.violations)

    def mend(self) -> None:
        """Make everything as it should be, whatever a test left behind."""
        for wish in self.wishes.iterdir():
            wish.unlink()
        for proxy in self.proxies.values():
            proxy.toxics()
        for program in self.programs:
            self.kill(self.pids(program.name), signal.SIGCONT)
            self._bring_back(program.name)
        eventually(self._is_provider_reset, seconds=_PATIENCE_SECONDS)

    def _bring_back(self, program: str) -> None:
        if not self.supervisor.pid(program):
            # Refused when it is on its way already.
            with suppress(*NO_ANSWER):
                self.supervisor.start(program)
        assert eventually(lambda: self.supervisor.pid(program)), f"{program} does not come back"

    def _is_provider_reset(self) -> bool:
        with suppress(requests.ConnectionError):
            self.provider.reset()
            return True
        return False


@contextmanager
def running_tree(data: Path, *, through: Sequence[str] = (), **environment: str) -> Iterator[Tree]:
    """Start all programs, with a proxy in front of those that are named; stop them at the end."""
    places = free_places(data)
    wishes = data / "wishes"
    for folder in (places.logs, places.runtime, wishes):
        folder.mkdir(mode=0o700, parents=True)
    with ExitStack() as stack:
        proxies = {name: stack.enter_context(_proxy(places, name)) for name in through}
        addresses = {key: value for name in through for key, value in _address(places, name, proxies).items()}
        own = surroundings.environment(places) | addresses | environment
        fill_database(own)
        whole = stage(places)
        whole = replace(whole, programs=armed(whole.programs, FAULT_FOLDER=str(wishes)))
        process = stack.enter_context(supervised(whole, own))
        customers = Customers(places.url(places.web_port, ""), data / "journal.jsonl", seed())
        yield Tree(places, process, [], own, whole.programs, proxies, customers, wishes)


def _proxy(places: Places, name: str) -> Proxy:
    if name == "broker":
        return Proxy(places.runtime / "proxy.sock", places.broker_socket)
    port = {"provider": places.provider_port, "sink": places.otlp_port}[name]
    return Proxy((HOST, 0), (HOST, port))


def _address(places: Places, name: str, proxies: Mapping[str, Proxy]) -> dict[str, str]:
    """Return the variable that sends the programs through a proxy."""
    proxy = proxies[name]
    if name == "broker":
        return {"BROKER_URL": f"redis+socket://{proxy.address}?virtual_host=0"}
    variable = {"provider": "PROVIDER_URL", "sink": "OTEL_EXPORTER_OTLP_ENDPOINT"}[name]
    return {variable: places.url(proxy.port, "")}
