"""Documents in which nothing is to be found: each action, endpoint and option at work, and at its limits."""

from __future__ import annotations

from echo.untrusted import Json
from tests.ncco.documents import (
    URL,
    UUID,
    action,
    connect,
    conversation,
    dtmf,
    endpoint,
    phone,
    sip,
    speech,
    stream,
    talk,
    transfer,
    websocket,
)

#: By what they show.
VALID: dict[str, Json] = {
    "the answer of a bot": [
        {
            "action": "connect",
            "eventType": "synchronous",
            "eventUrl": ["https://app.example/events"],
            "from": "447700900000",
            "endpoint": [
                {
                    "type": "websocket",
                    "uri": "wss://app.example/socket?call=123",
                    "content-type": "audio/l16;rate=16000",
                    "headers": {"call_uuid": UUID},
                    "authorization": {"type": "vonage"},
                }
            ],
        }
    ],
    "a greeting, then a hunt": [
        {"action": "talk", "text": "One moment"},
        {"action": "connect", "timeout": 20, "endpoint": [{"type": "app", "user": "jamie"}]},
        {"action": "connect", "endpoint": [{"type": "vbc", "extension": "4567"}]},
        {"action": "talk", "text": "Nobody is there"},
    ],
    "a menu": [
        {"action": "talk", "text": "Press 1 or 2", "bargeIn": True},
        {"action": "stream", "streamUrl": [URL], "bargeIn": True},
        {"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 1}, "eventUrl": [URL]},
    ],
    "a bargeIn that nothing follows": talk(bargeIn=True),
    "a bargeIn of false": [{"action": "talk", "text": "Hello", "bargeIn": False}, {"action": "wait"}],
    "an endless talk that an input follows": [
        {"action": "talk", "text": "Press a key", "loop": 0, "bargeIn": True},
        {"action": "input", "type": ["dtmf"]},
    ],
    "a talk that is repeated, and goes on": [
        {"action": "talk", "text": "Hello", "loop": 2},
        {"action": "wait"},
    ],
    "an endless talk at the end": talk(loop=0),
    "talk": talk(),
    "talk with everything": talk(
        bargeIn=False,
        loop=3,
        level=-0.4,
        language="cmn-CN",
        style=2,
        premium=True,
        provider="google",
        providerOptions={"voice": "x"},
    ),
    "talk in SSML": talk(text="<speak>One <break time='1s'/> two</speak>"),
    "talk with less than": talk(text="1 < 2 and <b"),
    "talk of 1500 characters": talk(text="x" * 1500),
    "talk of 1500 characters and tags": talk(text=f"<speak>{'x' * 1500}<break time='1s'/></speak>"),
    "talk at its limits": talk(level=1, loop=0, style=0),
    "talk with whole numbers as fractions": talk(loop=2.0),
    "stream": stream(),
    "stream with everything": stream(level=-1, bargeIn=True, loop=0),
    "stream from http": stream(streamUrl=["HTTP://example.com/a.wav"]),
    "record": action("record"),
    "record with everything": action(
        "record",
        format="wav",
        split="conversation",
        channels=32,
        endOnSilence=3,
        endOnKey="#",
        timeOut=7200,
        beepStart=True,
        eventUrl=[URL],
        eventMethod="GET",
        transcription={
            "language": "en-US",
            "eventUrl": [URL],
            "eventMethod": "POST",
            "sentimentAnalysis": True,
        },
    ),
    "record with an empty transcription": action("record", transcription={}),
    "record at its lower limits": action("record", channels=1, split="conversation", timeOut=3, endOnKey="*"),
    "conversation": conversation(),
    "conversation with everything": conversation(
        musicOnHoldUrl=["https://example.com/hold.mp3"],
        startOnEnter=False,
        endOnExit=True,
        record=True,
        eventUrl=[URL],
        eventMethod="POST",
        transcription={"language": "de-DE"},
        canSpeak=[UUID],
        canHear=[],
    ),
    "conversation, muted": conversation(mute=True, canHear=[UUID.replace("-", "")]),
    "input of keys": dtmf(),
    "input of keys with everything": dtmf(timeOut=10, maxDigits=20, submitOnHash=True),
    "input of keys at its lower limits": dtmf(timeOut=0, maxDigits=1),
    "input of speech": speech(),
    "input of speech with everything": speech(
        uuid=[UUID],
        endOnSilence=0.4,
        language="en-GB",
        context=["sales", "support"],
        startTimeout=10,
        maxDuration=60,
        saveAudio=True,
        sensitivity=10,
        provider="deepgram",
        providerOptions={},
    ),
    "input of both": action(
        "input", type=["dtmf", "speech"], dtmf={}, speech={}, eventUrl=[URL], eventMethod="GET"
    ),
    "input, asynchronous": action("input", type=["dtmf"], mode="asynchronous", eventUrl=[URL], dtmf={}),
    "input, synchronous": action("input", type=["dtmf"], mode="synchronous", dtmf={"maxDigits": 2}),
    "notify": action("notify", payload={"any": ["thing", None]}, eventUrl=[URL], eventMethod="POST"),
    "wait": action("wait"),
    "wait of a fraction": action("wait", timeout=0.1),
    "wait of two hours": action("wait", timeout=7200),
    "transfer": transfer(),
    "transfer with everything": transfer(canHear=[UUID], canSpeak=[]),
    "transfer, muted": transfer(mute=True, canHear=[]),
    "connect to a phone": connect(),
    "connect with everything": connect(
        eventType="synchronous",
        timeout=45,
        limit=7200,
        machineDetection="continue",
        eventUrl=[URL],
        eventMethod="POST",
        ringbackTone="https://example.com/tone.wav",
        randomFromNumber=True,
    ),
    "connect with a number and no random one": connect(from_="447700900000", randomFromNumber=False),
    "connect at its lower limits": connect(timeout=3, limit=1),
    "connect with advanced detection": connect(
        advancedMachineDetection={"behavior": "continue", "mode": "detect_beep", "beep_timeout": 45}
    ),
    "connect with the longest wait for a beep": connect(advancedMachineDetection={"beep_timeout": 120}),
    "phone with everything": phone(
        dtmfAnswer="1p2*#",
        onAnswer={"url": URL, "ringbackTone": "http://example.com/tone.mp3"},
        shaken="eyJhbGciOiJFUzI1NiJ9",
    ),
    "phone of ten digits": phone(number="4930123456"),
    "phone of fifteen digits": phone(number="123456789012345"),
    "app": endpoint("app", user="jamie"),
    "vbc": endpoint("vbc", extension="4567"),
    "sip by address": sip(uri="sips:a@b.example;transport=tls;media=srtp"),
    "sip by trunk": endpoint("sip", user="rebekka", domain="my-trunk"),
    "sip with headers": sip(
        headers={"location": "desk", "n": 1}, standardHeaders={"User-to-User": "00;encoding=hex"}
    ),
    "websocket at 8 kHz": websocket(content_type="audio/l16;rate=8000"),
    "websocket at 24 kHz": websocket(content_type="audio/l16;rate=24000"),
    "websocket with another case": websocket(content_type="Audio/L16;Rate=16000"),
    "websocket with a port and a query": websocket(uri="WSS://example.com:8443/s?peer=1&u=https%3A%2F%2Fa"),
    "websocket without a path": websocket(uri="wss://example.com"),
    "websocket with metadata of all kinds": websocket(
        headers={"age": 40, "address": {"city": "London"}, "roles": ["a"], "auditing": False, "none": None}
    ),
    "websocket with 512 bytes of metadata": websocket(headers={"a": "x" * 504}),
    "websocket with 512 bytes of UTF-8": websocket(headers={"a": "\u00e9" * 252}),
    "websocket with an authorization of its own": websocket(
        authorization={"type": "custom", "value": "Bearer abc123"}
    ),
    "websocket with the default authorization": websocket(authorization={}),
    "as many actions as are looked at": [{"action": "wait", "timeout": 1}] * 200,
}

#: Documents with placeholders, in which nothing is to be found once they are known to be there.
# nobody listens on the way to our own machine
VALID |= {
    uri: websocket(uri=uri)
    for uri in (
        "ws://localhost:8000/socket",
        "ws://127.0.0.1/socket?a=b",
        "ws://127.0.0.1:5000",
        "ws://[::1]:80/",
    )
}

TEMPLATES: dict[str, Json] = {
    "our own": [
        {"action": "talk", "text": "Hello ${from}"},
        {
            "action": "connect",
            "from": "${to}",
            "eventUrl": ["${events_url}"],
            "endpoint": [
                {
                    "type": "websocket",
                    "uri": "${socket_url}",
                    "content-type": "audio/l16;rate=${rate}",
                    "headers": {"uuid": "${uuid}"},
                }
            ],
        },
    ],
    "a host": websocket(uri="ws://${host}/socket"),
    "a kind of action": action("${action}", whatever=1),
    "a kind of endpoint": endpoint("${type}"),
    "a number": phone(number="${number}"),
    "a time": connect(timeout="${seconds}"),
    "a switch": talk(bargeIn="${barge}"),
    "a file": stream(streamUrl=["${base}/a.mp3"]),
    "the uuid of a leg": transfer(canHear=["${uuid}"]),
    "a long placeholder in short metadata": websocket(headers={"a": "${" + "x" * 600 + "}"}),
    "a long placeholder in a short text": talk(text="${" + "x" * 1600 + "}"),
    "a placeholder in an Authorization header": websocket(
        authorization={"type": "custom", "value": "Bearer ${token}" + "x" * 8190}
    ),
}
