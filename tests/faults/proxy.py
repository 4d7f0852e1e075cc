"""A proxy between two programs that spoils their conversation on purpose, over TCP or unix sockets.

It runs in a thread of its own. What is wrong is switched from outside, for the connections that
are open as well as for those to come.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.faults.toxics import Toxics, Way

Address = tuple[str, int] | Path
Found = TypeVar("Found")

_PIECE = 64 * 1024
_PATIENCE_SECONDS = 10
# Closing tells the other side so at once: RST instead of FIN.
_NO_LINGER = struct.pack("ii", 1, 0)


class Proxy:
    """Listens at `address` (port 0: a free one) and hands on to `target`."""

    def __init__(self, address: Address, target: Address) -> None:
        self.address = address
        self.accepted = 0
        self._target = target
        self._toxics = Toxics()
        self._switched = asyncio.Event()
        self._conversations: set[_Conversation] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def port(self) -> int:
        assert isinstance(self.address, tuple)
        return self.address[1]

    def toxics(self, **wrong: Any) -> None:
        """Make these `Toxics`, and nothing else, wrong with the way; none: all is as it should be."""
        self._wait(self._switch(Toxics(**wrong)))

    @contextmanager
    def spoiled(self, **wrong: Any) -> Iterator[None]:
        """Do what `toxics` does, for as long as the block takes."""
        self.toxics(**wrong)
        try:
            yield
        finally:
            self.toxics()

    async def hold(self, way: Way) -> Toxics:
        """Return what is wrong with a way as soon as anything passes on it."""
        while self._toxics.on(way).timeout is not None:
            await self._switched.wait()
        return self._toxics.on(way)

    def _wait(self, work: Coroutine[Any, Any, Found]) -> Found:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_SECONDS)

    async def _listen(self) -> None:
        if isinstance(self.address, Path):
            self._server = await asyncio.start_unix_server(self._serve, self.address)
        else:
            self._server = await asyncio.start_server(self._serve, *self.address)
            self.address = self._server.sockets[0].getsockname()[:2]

    async def _switch(self, toxics: Toxics) -> None:
        if toxics.down and not self._toxics.down:
            self._server.close()
        elif self._toxics.down and not toxics.down:
            await self._listen()
        self._toxics = toxics
        self._switched.set()
        self._switched = asyncio.Event()
        for conversation in self._conversations:
            conversation.doom(toxics)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            other_reader, other_writer = await self._reach_target()
        except OSError:
            writer.transport.abort()
            return
        conversation = _Conversation(self, writer, other_writer)
        self._conversations.add(conversation)
        conversation.doom(self._toxics)
        await asyncio.gather(
            conversation.pump(reader, other_writer, "there"), conversation.pump(other_reader, writer, "back")
        )
        self._conversations.discard(conversation)
        conversation.close()

    async def _reach_target(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(*self._target)

    async def _end(self) -> None:
        self._server.close()
        for conversation in self._conversations:
            conversation.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Closed sockets are let go one turn later.
        await asyncio.sleep(0)


class _Conversation:
    """One client and the target."""

    def __init__(self, proxy: Proxy, *writers: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._writers = writers
        self._doom: asyncio.Task[None] | None = None

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        """Hand on what comes, as spoiled as it is to be, until one side has enough."""
        passed = 0
        try:
            while came := await reader.read(_PIECE):
                for piece in (await self._proxy.hold(way)).pieces(came):
                    passed += await self._pass(piece, writer, await self._proxy.hold(way), passed)
            await asyncio.sleep((await self._proxy.hold(way)).slow_close)
            with suppress(OSError):  # it was killed, and nobody has told us yet
                writer.write_eof()
        except ConnectionError:
            self.reset()

    async def _pass(self, piece: bytes, writer: asyncio.StreamWriter, toxics: Toxics, passed: int) -> int:
        allowed = piece[: toxics.left(passed)]
        await asyncio.sleep(toxics.pause(len(allowed)))
        writer.write(allowed)
        await writer.drain()
        if len(allowed) < len(piece):
            self.close()
        return len(allowed)

    def doom(self, toxics: Toxics) -> None:
        """Let the conversation end when the toxics want it."""
        if self._doom is not None:
            self._doom.cancel()
        self._doom = asyncio.create_task(self._meet_doom(toxics))

    async def _meet_doom(self, toxics: Toxics) -> None:
        if toxics.timeout is not None:
            await asyncio.sleep(toxics.timeout)
            self.close()
        if toxics.down:
            self.reset()
        if toxics.reset is not None:
            await asyncio.sleep(toxics.reset)
            self.reset()

    def reset(self) -> None:
        for writer in self._writers:
            with suppress(OSError):  # a unix socket knows no reset: it is just closed
                connected = writer.get_extra_info("socket")
                connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            writer.transport.abort()

    def close(self) -> None:
        for writer in self._writers:
            writer.close()
