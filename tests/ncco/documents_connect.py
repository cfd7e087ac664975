"""Documents with one mistake in connect; its endpoints have a table of their own."""

from __future__ import annotations

from tests.ncco.documents import (
    DISAGREE,
    UNQUOTE,
    URL,
    Case,
    action,
    connect,
    endpoint,
    error,
    warning,
)

AT = "$[0].endpoint[0]"

CASES: list[Case] = [
    error("connect to nobody", action("connect"), "$[0]", '"endpoint" is missing'),
    error(
        "endpoint of no array",
        action("connect", endpoint={"type": "app"}),
        "$[0].endpoint",
        "exactly one endpoint",
    ),
    error(
        "no endpoint",
        action("connect", endpoint=[]),
        "$[0].endpoint",
        "an empty array where an array with exactly",
    ),
    error(
        "two endpoints",
        action("connect", endpoint=[{"type": "app", "user": "a"}, {"type": "app", "user": "b"}]),
        "$[0].endpoint",
        "an array of 2 items where an array with exactly one endpoint",
    ),
    error(
        "endpoint of a string", action("connect", endpoint=["447700900001"]), AT, "an endpoint (an object)"
    ),
    error(
        "endpoint without a type",
        action("connect", endpoint=[{"number": "447700900001"}]),
        AT,
        '"type" is missing',
    ),
    error("endpoint of another type", endpoint("websockets"), f"{AT}.type", 'did you mean "websocket"?'),
    error("endpoint pstn", endpoint("pstn"), f"{AT}.type", 'did you mean "phone"?'),
    warning("from that is a name", connect(from_="Vonage"), "$[0].from", "only digits are shown"),
    warning("from with +", connect(from_="+447700900000"), "$[0].from", "only digits are shown"),
    error("from that is a number", connect(from_=447700900000), "$[0].from", "447700900000 where a string"),
    warning(
        "from and randomFromNumber",
        connect(from_="447700900000", randomFromNumber=True),
        "$[0].from",
        "exclude each other",
    ),
    error(
        "another eventType",
        connect(eventType="sync"),
        "$[0].eventType",
        '"sync" where "synchronous" is required',
    ),
    warning("timeout in quotes", connect(timeout="45"), "$[0].timeout", UNQUOTE),
    warning("timeout of 2", connect(timeout=2), "$[0].timeout", f"{DISAGREE} so short or long a time"),
    warning("timeout beyond two hours", connect(timeout=7201), "$[0].timeout", "3 to 7200 seconds"),
    error("timeout below 0", connect(timeout=-1), "$[0].timeout", "-1 where at least 0 is allowed"),
    error(
        "timeout of a word",
        connect(timeout="soon"),
        "$[0].timeout",
        '"soon" where a whole number is required',
    ),
    error("limit too long", connect(limit=7201), "$[0].limit", "7201 where 0 to 7200 is allowed"),
    warning("limit of 0", connect(limit=0), "$[0].limit", f"{DISAGREE} 0"),
    error(
        "another machineDetection",
        connect(machineDetection="stop"),
        "$[0].machineDetection",
        '"continue", "hangup"',
    ),
    warning(
        "both kinds of detection",
        connect(machineDetection="hangup", advancedMachineDetection={}),
        "$[0].machineDetection",
        "leave it out",
    ),
    warning(
        "advanced detection in snake case",
        connect(advanced_machine_detection={"mode": "detect"}),
        "$[0].advanced_machine_detection",
        f"{DISAGREE} this spelling",
    ),
    error(
        "another behavior of detection",
        connect(advancedMachineDetection={"behavior": "stop"}),
        "$[0].advancedMachineDetection.behavior",
        '"continue", "hangup"',
    ),
    error(
        "another mode of detection",
        connect(advancedMachineDetection={"mode": "beep"}),
        "$[0].advancedMachineDetection.mode",
        '"default", "detect", "detect_beep"',
    ),
    warning(
        "beep_timeout of 30",
        connect(advancedMachineDetection={"beep_timeout": 30}),
        "$[0].advancedMachineDetection.beep_timeout",
        f"{DISAGREE} less than 45 seconds",
    ),
    warning(
        "beep_timeout of 44",
        connect(advancedMachineDetection={"beep_timeout": 44}),
        "$[0].advancedMachineDetection.beep_timeout",
        "all SDKs 45 to 120",
    ),
    error(
        "beep_timeout of 29",
        connect(advancedMachineDetection={"beep_timeout": 29}),
        "$[0].advancedMachineDetection.beep_timeout",
        "29 where 30 to 120 is allowed",
    ),
    warning(
        "beepTimeout",
        connect(advancedMachineDetection={"beepTimeout": 60}),
        "$[0].advancedMachineDetection.beepTimeout",
        'did you mean "beep_timeout"?',
    ),
    error(
        "eventUrl of a string",
        connect(eventUrl=URL),
        "$[0].eventUrl",
        'required, as in ["https://example.com',
    ),
    error("eventUrl without a host", connect(eventUrl=["https:///x"]), "$[0].eventUrl[0]", "with a host"),
    error("eventUrl with a blank", connect(eventUrl=["https://a /x"]), "$[0].eventUrl[0]", "without spaces"),
    warning("event_url", connect(event_url=[URL]), "$[0].event_url", 'did you mean "eventUrl"?'),
    warning(
        "ringbackTone of an array", connect(ringbackTone=[URL]), "$[0].ringbackTone", f"{DISAGREE} an array"
    ),
    error(
        "ringbackTone of a file", connect(ringbackTone="a.mp3"), "$[0].ringbackTone", "http:// or https://"
    ),
    error("ringbackTone of a number", connect(ringbackTone=1), "$[0].ringbackTone", "1 where a URL"),
    warning("to in connect", connect(to="447700900001"), "$[0].to", 'did you mean "endpoint"?'),
]
