"""Every option with its kind, by the objects that have them: what the linter says of null in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from echo.untrusted import Json
from tests.ncco.documents import (
    action,
    connect,
    conversation,
    dtmf,
    endpoint,
    pay,
    phone,
    sip,
    speech,
    stream,
    talk,
    transfer,
    websocket,
)

#: What is asked for where an option of the kind is of no type that it may have.
KINDS = {
    "text": "null where a string is required",
    "choice": "is required",
    "switch": "null where true or false is required",
    "whole": "null where a whole number is required",
    "number": "null where a number is required",
    "url": "null where a URL that begins with http:// or https://",
    "urls": "null where an array with exactly one URL is required",
    "legs": "null where an array of the uuids of legs is required",
    "leg": "null where an array with the uuid of exactly one leg is required",
    "words": "null where an array of strings is required",
    "object": "null where an object is required",
    "language": "null where a language as in BCP 47 is required",
    "keys": "null where a string",
}

AT = "$[0].endpoint[0]"
EVENTS = "eventUrl:urls eventMethod:choice"

#: Makes a document of one object's properties.
Maker: TypeAlias = Callable[[dict[str, Json]], Json]


def transcription(**properties: Json) -> Json:
    """A script that records, and writes down what it hears."""
    return action("record", transcription=properties)


def prompt(**properties: Json) -> Json:
    """A script that takes a payment and says one thing."""
    return pay(prompts=[properties])


#: Where the object is, how it is made, and its options.
OPTIONS: dict[str, tuple[str, Maker, str]] = {
    "connect": (
        "$[0]",
        lambda given: connect(**given),
        (
            f"from:text randomFromNumber:switch eventType:text timeout:whole limit:whole machineDetection:choice "
            f"advancedMachineDetection:object advanced_machine_detection:object ringbackTone:url {EVENTS}"
        ),
    ),
    "detection": (
        "$[0].advancedMachineDetection",
        lambda given: connect(advancedMachineDetection=given),
        "behavior:choice mode:choice beep_timeout:whole",
    ),
    "app": (AT, lambda given: endpoint("app", {"user": "a"}, **given), "user:text"),
    "phone": (AT, lambda given: phone(**given), "number:choice dtmfAnswer:keys onAnswer:object shaken:text"),
    "onAnswer": (
        f"{AT}.onAnswer",
        lambda given: phone(onAnswer={"url": "https://a", **given}),
        "url:url ringbackTone:url ringback:url",
    ),
    "websocket": (AT, lambda given: websocket(**given), "uri:text headers:object authorization:object"),
    "authorization": (
        f"{AT}.authorization",
        lambda given: websocket(authorization={"type": "custom", "value": "a", **given}),
        "type:choice value:text",
    ),
    "sip": (
        AT,
        lambda given: sip(**given),
        "uri:text user:text domain:text headers:object standardHeaders:object standard_headers:object",
    ),
    "standardHeaders": (
        f"{AT}.standardHeaders",
        lambda given: sip(standardHeaders=given),
        "User-to-User:text",
    ),
    "vbc": (AT, lambda given: endpoint("vbc", {"extension": "1"}, **given), "extension:text"),
    "talk": (
        "$[0]",
        lambda given: talk(**given),
        (
            "text:text bargeIn:switch loop:whole level:number language:language style:whole premium:switch "
            "providerOptions:object voiceName:text"
        ),
    ),
    "stream": (
        "$[0]",
        lambda given: stream(**given),
        "streamUrl:urls level:number bargeIn:switch loop:whole",
    ),
    "record": (
        "$[0]",
        lambda given: action("record", {"split": "conversation"}, **given),
        (
            "format:choice split:text channels:whole endOnSilence:number endOnKey:keys timeOut:whole "
            f"beepStart:switch transcription:object {EVENTS}"
        ),
    ),
    "transcription": (
        "$[0].transcription",
        lambda given: transcription(**given),
        f"language:language sentimentAnalysis:switch {EVENTS}",
    ),
    "conversation": (
        "$[0]",
        lambda given: conversation(**given),
        (
            "name:text musicOnHoldUrl:urls startOnEnter:switch endOnExit:switch record:switch transcription:object "
            f"canSpeak:legs canHear:legs mute:switch {EVENTS}"
        ),
    ),
    "input": (
        "$[0]",
        lambda given: action("input", {"type": ["dtmf", "speech"]}, **given),
        f"mode:choice dtmf:object speech:object timeOut:whole maxDigits:whole submitOnHash:switch {EVENTS}",
    ),
    "dtmf": ("$[0].dtmf", lambda given: dtmf(**given), "timeOut:whole maxDigits:whole submitOnHash:switch"),
    "speech": (
        "$[0].speech",
        lambda given: speech(**given),
        (
            "uuid:leg endOnSilence:number language:language context:words startTimeout:whole maxDuration:whole "
            "saveAudio:switch sensitivity:whole provider:text providerOptions:object"
        ),
    ),
    "notify": (
        "$[0]",
        lambda given: action("notify", {"payload": {}, "eventUrl": ["https://a"]}, **given),
        f"payload:object {EVENTS}",
    ),
    "wait": ("$[0]", lambda given: action("wait", **given), "timeout:number"),
    "transfer": (
        "$[0]",
        lambda given: transfer(**given),
        "conversationId:text conversation_id:text canHear:legs canSpeak:legs mute:switch",
    ),
    "pay": ("$[0]", lambda given: pay(**given), "amount:number currency:text eventUrl:urls voice:object"),
    "voice": ("$[0].voice", lambda given: pay(voice=given), "language:language style:whole"),
    "prompt": ("$[0].prompts[0]", lambda given: prompt(**given), "type:choice text:text errors:object"),
    "errors": (
        "$[0].prompts[0].errors",
        lambda given: prompt(errors=given),
        (
            "InvalidCardType:object InvalidCardNumber:object InvalidExpirationDate:object "
            "InvalidSecurityCode:object Timeout:object"
        ),
    ),
    "spoken": (
        "$[0].prompts[0].errors.Timeout",
        lambda given: prompt(errors={"Timeout": {"text": "a", **given}}),
        "text:text",
    ),
}
