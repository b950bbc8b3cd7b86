"""What connections share: when requests go out."""

import asyncio

from promptci.models.hosted import connection
from promptci.models.hosted.connection import Rounds


class Line:
    """A transport that keeps what is written."""

    def __init__(self, sent: list[bytes], *, is_closing: bool = False) -> None:
        self.sent, self._is_closing = sent, is_closing

    def is_closing(self) -> bool:
        return self._is_closing

    def write(self, message: bytes) -> None:
        self.sent.append(message)


def test_requests_of_one_round_go_out_a_few_together(monkeypatch):
    monkeypatch.setattr(connection, "_TOGETHER", 3)

    async def main() -> list[int]:
        rounds, sent = Rounds(), []
        counts = []
        for number in range(7):
            rounds.put(Line(sent), b"%d" % number)
            counts.append(len(sent))
        await asyncio.sleep(0)
        assert sent == [b"%d" % number for number in range(7)]
        return counts

    assert asyncio.run(main()) == [0, 0, 3, 3, 3, 6, 6]


def test_what_is_closed_before_its_turn_is_not_written_to():
    async def main() -> list[bytes]:
        rounds, sent = Rounds(), []
        rounds.put(Line(sent, is_closing=True), b"lost")
        rounds.put(Line(sent), b"sent")
        await asyncio.sleep(0)
        return sent

    assert asyncio.run(main()) == [b"sent"]
