"""The walk through an NCCO, with doubles for the line and the webhooks."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from echo.phone.provider.answer import Ncco
from echo.phone.provider.exchange import WebhookError
from echo.phone.provider.terms import Answered, By, Outcome, SocketLeg, Terms, Walked
from echo.phone.provider.walk import MAX_ACTIONS, MAX_ASIDE, Walk
from echo.untrusted import Json
from tests.phone.provider.doubles import IDENTITY, NOON, RecordingReports, Theatre, now

EVENTS = "http://app.test/events"
SOCKET: dict[str, Json] = {"type": "websocket", "uri": "ws://app.test/s", "headers": {"n": 1}}
CONNECT: dict[str, Json] = {"action": "connect", "endpoint": [SOCKET]}
TALK: dict[str, Json] = {"action": "talk", "text": "hello"}

CALLER = Outcome(By.CALLER)
APPLICATION = Outcome(By.APPLICATION, "1000 bye")
NOBODY = Outcome(By.NOBODY, "ws://app.test/s: nobody listens there")


def names() -> Any:
    """A source of names that are counted."""
    numbers = count(1)
    return lambda: f"name-{next(numbers)}"


def walk_of(theatre: Theatre, reports: RecordingReports, **terms: Any) -> Walk:
    """A walk whose application has an event URL, unless told otherwise."""
    return Walk(IDENTITY, reports, theatre, Terms(**{"new_uuid": names(), "event_url": EVENTS, **terms}))


def run(
    ncco: Ncco, *outcomes: Outcome, answers: dict[str, Ncco] | None = None, **terms: Any
) -> tuple[Walked, Theatre, RecordingReports]:
    """Walk through an NCCO whose sockets have these outcomes."""
    theatre, reports = Theatre(*outcomes), RecordingReports(answers or {})
    return now(walk_of(theatre, reports, **terms).run(ncco)), theatre, reports


def test_a_whole_call() -> None:
    """The caller's leg rings, is answered and ends around the socket's, whose events are in order."""
    theatre, reports = Theatre(CALLER), RecordingReports()
    walk = walk_of(theatre, reports)
    walk.ring()

    walked = now(walk.run([TALK, CONNECT]))

    assert reports.kinds(IDENTITY.uuid) == ["started", "ringing", "answered", "completed"]
    assert reports.kinds(IDENTITY.leg) == ["started", "ringing", "answered", "completed"]
    assert reports.kinds()[-2:] == ["completed", "completed"]
    assert theatre.steps == ['talk: "hello"', "connect: websocket ws://app.test/s"]
    assert (walked.outcomes, walked.followed, walked.problem) == ([CALLER], 2, None)


def test_the_socket_is_the_endpoint_of_the_ncco() -> None:
    """The line gets the endpoint as it is, the leg's name and its limit."""
    _, theatre, _ = run([CONNECT | {"limit": 60}], CALLER)
    ((endpoint, leg),) = theatre.sockets
    assert (endpoint, leg.uuid, leg.limit) == (SOCKET, IDENTITY.leg, 60)


def test_events_of_a_socket_go_where_its_action_says() -> None:
    """A connect with an event URL has its leg's events there; the caller's stay with the application."""
    connect = CONNECT | {"eventUrl": ["http://other.test/"], "eventMethod": "GET"}
    _, _, reports = run([connect], CALLER)
    where = {str(document["uuid"]): (url, method) for url, method, document in reports.told}
    assert where == {IDENTITY.uuid: (EVENTS, "POST"), IDENTITY.leg: ("http://other.test/", "GET")}


def test_times_of_a_leg() -> None:
    """A socket's leg lasts from its first text to its end, and the caller's from the answer."""
    theatre, reports = Theatre(CALLER), RecordingReports()
    wait: dict[str, Json] = {"action": "wait", "timeout": 2}
    now(walk_of(theatre, reports).run([wait, CONNECT]))
    durations = [doc["duration"] for _, _, doc in reports.told if doc.get("status") == "completed"]
    assert durations == ["10", "12"]
    assert theatre.now() == NOON + 12


@pytest.mark.parametrize(
    ("outcome", "phone_by"), [(CALLER, "user"), (Outcome(By.PROVIDER), "platform"), (APPLICATION, "platform")]
)
def test_who_ended_it(outcome: Outcome, phone_by: str) -> None:
    """The caller's leg is ended by the caller, or by the provider where nothing is left to do."""
    _, _, reports = run([CONNECT], outcome)
    assert reports.told[-1][2]["uuid"] == IDENTITY.uuid
    assert reports.told[-1][2]["disconnected_by"] == phone_by


def test_after_the_caller_nothing_is_followed() -> None:
    """A caller who hangs up takes the rest of the NCCO along."""
    walked, theatre, reports = run([CONNECT, TALK], CALLER)
    assert walked.followed == 1
    assert 'talk: "hello"' not in theatre.steps
    assert "disconnected" not in reports.kinds()


def test_after_the_application_the_next_action_is_followed() -> None:
    """An application that closes its socket is reported, and the call goes on behind the connect."""
    walked, theatre, reports = run([CONNECT, TALK], APPLICATION)

    assert walked.followed == 2
    assert theatre.steps[-1] == 'talk: "hello"'
    assert reports.kinds(IDENTITY.leg) == ["started", "ringing", "answered", "disconnected", "completed"]
    assert reports.last("disconnected")["headers"] == {"n": 1}
    assert theatre.steps[1] == "connect: the application ended the socket: 1000 bye"
    assert reports.asked == [reports.last("disconnected")]


def test_a_disconnect_may_be_answered_with_a_new_ncco() -> None:
    """The NCCO that answers the event replaces what is left, and its socket is a leg of its own."""
    walked, theatre, reports = run([CONNECT, TALK], APPLICATION, CALLER, answers={"disconnected": [CONNECT]})

    assert [leg.uuid for _, leg in theatre.sockets] == [IDENTITY.leg, "name-1"]
    assert walked.outcomes == [APPLICATION, CALLER]
    assert 'talk: "hello"' not in theatre.steps
    assert "a new NCCO takes over: 1 action(s)" in theatre.steps
    assert reports.kinds("name-1") == ["started", "ringing", "answered", "completed"]


@pytest.mark.parametrize(
    ("outcome", "status", "detail"),
    [
        (NOBODY, "failed", "internal_error"),
        (Outcome(By.NOBODY, "late", timed_out=True), "unanswered", "timeout"),
    ],
)
def test_a_socket_that_does_not_open(outcome: Outcome, status: str, detail: str) -> None:
    """It is reported and told, nobody is asked how to go on, and it is why there is no call."""
    walked, theatre, reports = run([CONNECT, TALK], outcome)

    assert reports.kinds(IDENTITY.leg) == ["started", "ringing", status]
    assert reports.last(status)["detail"] == detail
    assert reports.asked == []
    assert f"connect: {outcome.reason}" in theatre.steps
    assert (walked.followed, walked.problem) == (2, outcome.reason)


def test_a_synchronous_connect_asks_how_to_go_on() -> None:
    """With that event type the NCCO that answers the failure is followed."""
    connect = CONNECT | {"eventType": "synchronous"}
    walked, _, reports = run([connect, TALK], NOBODY, CALLER, answers={"failed": [CONNECT]})
    assert reports.asked == [reports.last("failed")]
    assert (walked.outcomes, walked.problem) == ([NOBODY, CALLER], None)


@pytest.mark.parametrize(("event_type", "asked"), [("synchronous", True), ("", False)])
def test_a_telephone_is_not_called(event_type: str, *, asked: bool) -> None:
    """Any other endpoint rings in vain; its leg is an outbound one."""
    connect: dict[str, Json] = {
        "action": "connect",
        "from": "123",
        "eventType": event_type,
        "endpoint": [{"type": "phone", "number": "4477"}],
    }
    walked, theatre, reports = run([connect, TALK])
    event = reports.last("unanswered")
    assert (event["to"], event["from"], event["direction"]) == ("4477", "123", "outbound")
    assert (event in reports.asked) is asked
    assert theatre.steps[0] == "connect: phone 4477: not called here, nobody answers"
    assert walked.followed == 2


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        (Answered.WITH_FIRST_TEXT, [0, 1]),
        (Answered.BEFORE_SOCKET, [1, 1]),
        (Answered.AFTER_SOCKET, [0, 0]),
    ],
)
def test_when_answered_leaves(answered: Answered, told: list[int]) -> None:
    """The event leaves with the first text; as a fault it has arrived before, or leaves after the socket."""
    reports = RecordingReports()
    counts: list[int] = []

    class Counting(Theatre):
        async def open_socket(self, endpoint: dict[str, Json], leg: SocketLeg) -> Outcome:
            counts.append(reports.kinds(leg.uuid).count("answered"))
            outcome = await super().open_socket(endpoint, leg)
            counts.append(reports.kinds(leg.uuid).count("answered"))
            return outcome

    now(walk_of(Counting(CALLER), reports, answered=answered).run([CONNECT]))

    assert counts == told
    assert reports.kinds(IDENTITY.leg) == ["started", "ringing", "answered", "completed"]
    # what must have arrived is waited for: the caller's answered, and the socket's three events
    assert reports.settlings == ([4] if answered is Answered.BEFORE_SOCKET else [])


@pytest.mark.parametrize(
    ("keys", "action", "found", "step"),
    [
        (
            "12",
            {"type": ["dtmf"], "dtmf": {"maxDigits": 1}},
            {"dtmf": {"digits": "1", "timed_out": False}},
            "1",
        ),
        ("", {"type": ["dtmf"]}, {"dtmf": {"digits": None, "timed_out": True}}, "nothing"),
        ("", {"type": ["speech"]}, {"speech": {"timeout_reason": "start_timeout", "results": []}}, "nothing"),
    ],
)
def test_input(keys: str, action: dict[str, Json], found: dict[str, Json], step: str) -> None:
    """An input is answered with the keys that the caller has, or with a timeout."""
    _, theatre, reports = run([{"action": "input", **action}], keys=keys)
    (asked,) = reports.asked
    assert asked.items() >= found.items()
    assert "status" not in asked
    assert step in theatre.steps[0]


def test_inputs_share_the_keys() -> None:
    """What one input leaves is there for the next; the answer to an input may be a new NCCO."""
    ask: dict[str, Json] = {"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 2}}
    _, _, reports = run([ask, TALK], keys="1234", answers={"dtmf": [ask]})
    assert [event["dtmf"] for event in reports.asked] == [
        {"digits": "12", "timed_out": False},
        {"digits": "34", "timed_out": False},
    ]


def test_a_key_goes_to_one_action_only() -> None:
    """An input takes keys from the front, a socket presses of the rest what it comes to, and so on."""
    ask: dict[str, Json] = {"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 1}}
    pressed = Outcome(By.APPLICATION, pressed=2)
    _, theatre, reports = run([ask, CONNECT, ask, CONNECT], pressed, CALLER, keys="12345")

    assert [leg.keys_left for _, leg in theatre.sockets] == [4, 1]
    assert [event["dtmf"]["digits"] for event in reports.asked if "dtmf" in event] == ["1", "4"]  # type: ignore[call-overload, index]  # JSON


def test_notify_is_answered() -> None:
    """The payload goes to the action's URL, and the NCCO that comes back is followed."""
    notify: dict[str, Json] = {"action": "notify", "payload": {"a": [1]}, "eventUrl": ["http://n.test/"]}
    walked, theatre, reports = run([notify, TALK], CALLER, answers={"payload": [CONNECT]})
    url, method, document = reports.told[1]
    assert (url, method, document["payload"]) == ("http://n.test/", "POST", {"a": [1]})
    assert theatre.steps[0] == "notify: http://n.test/"
    assert walked.problem is None


def test_a_recording_is_told_when_the_call_is_over() -> None:
    """A record action runs beside the others and reports its times before the caller's end."""
    record: dict[str, Json] = {"action": "record", "eventUrl": ["http://r.test/"]}
    _, _, reports = run([record, CONNECT], CALLER)
    assert reports.kinds()[-2:] == ["recording_url", "completed"]
    event = reports.last("recording_url")
    assert event["start_time"] == "2026-11-22T12:00:00.000Z"
    assert event["end_time"] == "2026-11-22T12:00:10.000Z"
    assert reports.told[-2][0] == "http://r.test/"


def test_waits_are_shortened() -> None:
    """A wait takes its time, up to the most that a call has."""
    _, theatre, _ = run([{"action": "wait", "timeout": 2}, {"action": "wait", "timeout": 99}], longest_wait=5)
    assert theatre.waits == [2, 5]
    assert theatre.steps == ["wait: 2 s", "wait: 5 s of 99 s"]


def test_a_transfer_ends_the_ncco() -> None:
    """What follows a transfer is moot."""
    walked, theatre, _ = run([{"action": "transfer", "conversationId": "CON-1"}, TALK])
    assert walked.followed == 1
    assert theatre.steps == ["transfer: CON-1: the call leaves this NCCO"]


def test_a_connect_without_an_endpoint_drops_the_call() -> None:
    """It is an NCCO error: told, reported with the provider's words, and the end of the call."""
    walked, theatre, reports = run([{"action": "connect"}, TALK])
    assert walked.followed == 1
    assert "it has no endpoint" in theatre.steps[0]
    assert reports.last("reason")["reason"] == "Syntax error in NCCO. Invalid value type or action."
    assert reports.kinds()[-1] == "completed"


def test_an_ncco_without_a_socket_is_told() -> None:
    """Where nothing connects to a websocket there is nothing to listen to, and the actions are named."""
    walked, _, _ = run([TALK, TALK, {"action": "stream", "streamUrl": ["http://x/"]}])
    assert walked.problem == (
        "the NCCO (talk, stream) brought no connect to a websocket, so there is no call to listen to"
    )


def test_an_ncco_that_never_ends_is_ended() -> None:
    """An application that answers each notify with another one is followed for 50 actions."""

    class Stubborn(RecordingReports):
        async def ask(self, *event: Any) -> Ncco | None:
            self.tell(*event)
            return [NOTIFY, TALK]

    theatre, reports = Theatre(), Stubborn()
    walked = now(walk_of(theatre, reports).run([NOTIFY]))
    assert walked.followed == MAX_ACTIONS == 50
    assert theatre.steps[-1] == "the call ends here: 50 actions are followed at most"
    assert reports.kinds()[-1] == "completed"


def test_webhooks_that_hang_add_up_to_a_minute() -> None:
    """Then the call ends; time on an open socket does not count."""
    theatre = Theatre(APPLICATION, NOBODY)

    class Slow(RecordingReports):
        async def ask(self, *event: Any) -> Ncco | None:
            theatre.time += 22
            return await super().ask(*event)

    long: dict[str, Json] = {"action": "wait", "timeout": 16}
    theatre.time -= 10
    walked = now(walk_of(theatre, Slow(), longest_wait=16).run([CONNECT, long, NOTIFY, CONNECT, NOTIFY]))
    # 22 s for the socket's end, 16 of waiting, 22 for the first notify; the socket's own 10 s are left out
    assert (walked.followed, len(theatre.sockets)) == (3, 1)
    assert theatre.steps[-1] == (
        f"the call ends here: {MAX_ASIDE:g} s are over in which there was no socket; its webhooks are slow"
    )


NOTIFY: dict[str, Json] = {"action": "notify", "payload": {}, "eventUrl": ["http://n.test/"]}


def test_a_call_without_an_ncco_is_dropped() -> None:
    """The reason is reported, and the caller's leg ends without having been answered."""
    reports = RecordingReports()
    walk = walk_of(Theatre(), reports)
    walk.ring()
    walk.drop("HTTP 500.")
    assert reports.kinds() == ["started", "ringing", "reason", "completed"]
    assert reports.last("reason")["reason"] == "HTTP 500."
    assert reports.last("completed")["duration"] == "0"


def test_without_an_event_url_events_go_nowhere() -> None:
    """They are told with no URL, which the webhooks take for nowhere."""
    _, _, reports = run([CONNECT], CALLER, event_url=None)
    assert {url for url, _, _ in reports.told} == {None}


def test_a_line_that_breaks_still_ends_the_call() -> None:
    """Whatever goes wrong at the socket, the caller's end is reported."""

    class Broken(Theatre):
        async def open_socket(self, endpoint: dict[str, Json], leg: SocketLeg) -> Outcome:
            raise KeyboardInterrupt

    reports = RecordingReports()
    with pytest.raises(KeyboardInterrupt):
        now(walk_of(Broken(), reports).run([CONNECT]))
    assert reports.kinds()[-1] == "completed"


def test_a_call_that_is_hung_up_through_the_api() -> None:
    """What is left of the NCCO is not followed, and it is the platform that ended the call."""
    theatre, reports = Theatre(Outcome(By.API)), RecordingReports()
    walk = walk_of(theatre, reports)
    theatre.on_socket = walk.hang_up
    now(walk.run([CONNECT, TALK]))
    assert 'talk: "hello"' not in theatre.steps
    assert reports.asked == []
    assert reports.last("completed")["disconnected_by"] == "platform"


def test_a_socket_that_is_ended_through_the_api() -> None:
    """The call goes on with the NCCO, and nobody is told of a disconnection."""
    walked, theatre, reports = run([CONNECT, TALK], Outcome(By.API))
    assert theatre.steps[-1] == 'talk: "hello"'
    assert "disconnected" not in reports.kinds()
    assert walked.problem is None


def test_a_call_that_is_led_elsewhere() -> None:
    """The other NCCO is followed in place of what is left, once what is on is over."""
    theatre, reports = Theatre(Outcome(By.API)), RecordingReports()
    walk = walk_of(theatre, reports)

    async def fetch() -> Ncco:
        return [{"action": "talk", "text": "new"}]

    theatre.on_socket = lambda: walk.transfer(fetch)
    now(walk.run([CONNECT, TALK]))
    assert theatre.steps[1:] == ["transfer: a new NCCO takes over: 1 action(s)", 'talk: "new"']


def test_a_call_that_is_led_to_nothing() -> None:
    """It ends, and an error event says why."""
    theatre, reports = Theatre(Outcome(By.API)), RecordingReports()
    walk = walk_of(theatre, reports)

    async def fetch() -> Ncco:
        raise WebhookError("http://app.test/: no", "Connection refused.")

    theatre.on_socket = lambda: walk.transfer(fetch)
    now(walk.run([CONNECT, TALK]))
    assert theatre.steps[-1] == "transfer: http://app.test/: no; the call ends"
    assert reports.last("reason")["reason"] == "Connection refused."


def test_a_call_that_was_placed() -> None:
    """Its leg goes out."""
    _, _, reports = run([TALK], direction="outbound")
    assert {document["direction"] for _, _, document in reports.told} == {"outbound"}


def test_a_socket_alone() -> None:
    """There is no other leg whose events could be told."""
    _, _, reports = run([CONNECT], CALLER, alone=True)
    assert {document["uuid"] for _, _, document in reports.told} == {IDENTITY.leg}
