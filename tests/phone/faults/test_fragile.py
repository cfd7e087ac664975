"""Applications with one weakness each are found out by the fault that is meant for it, on real sockets."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from echo.phone.faults import trials
from echo.phone.faults.table import FAULTS
from echo.phone.faults.torture import Torture, chosen, try_all
from echo.phone.faults.ways import Forged
from echo.phone.faults.webhooks import ask_forged, ask_twice
from echo.phone.order import CallOrder, TortureOrder
from echo.phone.reactor import Stop
from tests.phone.faults.doubles import fault
from tests.phone.faults.fragile import SECRET, Fragile

#: What is tried, and what the failed one is told, by the weakness.
WEAKNESSES: dict[str, tuple[tuple[str, ...], str]] = {
    "wants-no-space": (("leading-space",), "It ended the call with close code 1011"),
    "wants-event": (("legacy-messages",), "It ended the call with close code 1011"),
    "small-headers": (("large-headers",), "It ended the call with close code 1011"),
    "few-keys": (("dtmf-storm",), "It ended the call with close code 1011"),
    "text-first": (("audio-before-text",), "It ended the call with close code 1011"),
    "sizes": (("odd-sized-frames",), "It ended the call with close code 1011"),
    "impatient": (("stall",), "It ended the call with close code 1011"),
    "crashes": (
        ("reset-mid-frame", "leading-space"),
        "Afterwards an ordinary call went wrong: it ended the call",
    ),
    "one-at-a-time": (("half-open",), "Meanwhile another call went wrong"),
}

GOOD = tuple(each.name for each in FAULTS if not each.requires)

FORGED = ("unsigned-webhook", "altered-webhook", "stale-webhook", "replayed-webhook", "duplicate-answer")


def on_the_reactor(test: Callable[[Any], Any]) -> Callable[[Any], Deferred[None]]:
    """Let trial run a coroutine."""

    @wraps(test)
    def run(self: Any) -> Deferred[None]:
        return Deferred.fromCoroutine(test(self))

    return run


def torture(url: str, *only: str, secret: str | None = None) -> Deferred[Torture]:
    """Try some faults."""
    from twisted.internet import reactor  # noqa: PLC0415  it must not be installed when the tests are collected

    order = TortureOrder(CallOrder(url, signature_secret=secret), only)
    return Deferred.fromCoroutine(try_all(reactor, order.call, Stop(), lambda _: None, chosen(order)))


async def all_of(calls: dict[str, Deferred[Torture]]) -> dict[str, Torture]:
    """Wait for all of them, so that none is left when one has failed."""
    done: list[Torture] = await gatherResults(calls.values(), consumeErrors=True)
    return dict(zip(calls, done, strict=True))


def outcomes(tried: Torture) -> dict[str, bool | None]:
    """What became of each fault."""
    return {result.name: result.passed for result in tried.results[1:]}


class FragileTests(TestCase):
    """All calls of a test are made at the same time, so that it lasts as long as one torture."""

    timeout = 60

    def setUp(self) -> None:
        """Start the applications."""
        self.patch(trials, "_TALK", 0.6)
        self.patch(trials, "_TAIL", 0.3)
        self.apps = Fragile()
        self.apps.__enter__()
        self.addCleanup(self.apps.__exit__)

    @on_the_reactor
    async def test_each_weakness_is_found(self) -> None:
        """The fault that an application cannot bear fails, with a sentence that says how."""
        calls = {kind: torture(self.apps.socket(kind), *tried) for kind, (tried, _) in WEAKNESSES.items()}
        for kind, tried in (await all_of(calls)).items():
            told = WEAKNESSES[kind][1]
            first, failed, *rest = tried.results

            self.assertEqual((kind, first.passed, failed.passed), (kind, True, False), failed.sentence)
            self.assertIn(told, failed.sentence)
            self.assertEqual(tried.exit_status, 1)
            self.assertEqual([result.passed for result in rest], [False] * len(rest))

    @on_the_reactor
    async def test_a_good_application_passes(self) -> None:
        """An echo without a weakness passes what is tried on a socket."""
        calls = {
            name: torture(self.apps.socket("fine"), name) for name in (*GOOD, "slow-tls", "stale-webhook")
        }
        done = await all_of(calls)

        self.assertEqual(
            {name: outcomes(tried)[name] for name, tried in done.items()},
            {**dict.fromkeys(GOOD, True), "stale-webhook": None, "slow-tls": None},
        )
        self.assertEqual({tried.exit_status for tried in done.values()}, {0})
        told = done["stop-reading"].results[1].sentence
        # whatever holds it back meanwhile, in the application or before it
        self.assertRegex(
            told, r"^\d+ of 225 frames came back, up to 3\.[3-9] s late, and another call went well"
        )

    @on_the_reactor
    async def test_forged_webhooks_are_tried_with_a_secret(self) -> None:
        """Who believes an old, a used or no signature at all fails that, and who checks everything passes."""
        expected: dict[str, set[str]] = {
            "careful": set(),
            "ageless": {"stale-webhook"},
            "again": {"replayed-webhook"},
            "trusting": {"unsigned-webhook", "altered-webhook", "stale-webhook", "replayed-webhook"},
            "clumsy": {"unsigned-webhook", "altered-webhook", "stale-webhook", "replayed-webhook"},
            "forgetful": {"duplicate-answer"},
        }
        calls = {kind: torture(self.apps.answer(kind), *FORGED, secret=SECRET) for kind in expected}
        for kind, tried in (await all_of(calls)).items():
            wanted = {name: name not in expected[kind] for name in FORGED}

            self.assertEqual((kind, tried.problem), (kind, None))
            self.assertEqual((kind, outcomes(tried)), (kind, wanted))

    @on_the_reactor
    async def test_webhooks_without_a_secret_are_not_tried(self) -> None:
        """Without a secret the signatures are no failure; the same request twice is tried all the same."""
        tried = await torture(self.apps.answer("trusting"), *FORGED, "answered-before-socket")
        told = {result.name: result.sentence for result in tried.results}

        self.assertEqual(
            outcomes(tried),
            {
                "answered-before-socket": None,
                **dict.fromkeys(FORGED[:4]),
                "duplicate-answer": True,
            },
        )
        self.assertEqual(told["stale-webhook"], "needs --signature-secret")
        self.assertIn("eventUrl", told["answered-before-socket"])

    @on_the_reactor
    async def test_nobody_there_is_no_call(self) -> None:
        """Where the ordinary call cannot be made, nothing is tried."""
        tried = await torture("ws://127.0.0.1:9/socket")

        self.assertEqual((tried.exit_status, tried.results), (2, []))
        self.assertIn("refused", str(tried.problem))

    @on_the_reactor
    async def test_an_answer_url_that_is_gone_is_told(self) -> None:
        """The sentence is the one of the request that failed."""
        from twisted.internet import reactor  # noqa: PLC0415  as above

        order = CallOrder("http://127.0.0.1:9/", signature_secret=SECRET)
        unsigned = fault("unsigned-webhook").way
        assert isinstance(unsigned, Forged)
        told = [await ask_forged(reactor, order, unsigned), await ask_twice(reactor, order)]

        self.assertEqual(["connection refused" in str(each) for each in told], [True, True], told)
