"""Documents with one mistake in conversation, input, notify, wait, transfer or pay."""

from __future__ import annotations

from tests.ncco.documents import (
    DISAGREE,
    UNQUOTE,
    URL,
    UUID,
    Case,
    action,
    conversation,
    dtmf,
    error,
    pay,
    speech,
    transfer,
    warning,
)

ONE_URL = "an array with exactly one URL is required"

CONVERSATION = [
    error("conversation without a name", action("conversation"), "$[0]", '"name" is missing'),
    error(
        "conversation with an empty name",
        conversation(name=""),
        "$[0].name",
        '"" where something is required',
    ),
    warning("music of a string", conversation(musicOnHoldUrl=URL), "$[0].musicOnHoldUrl", "a plain string"),
    error(
        "music of a file", conversation(musicOnHoldUrl="a.mp3"), "$[0].musicOnHoldUrl", "http:// or https://"
    ),
    error("music of two", conversation(musicOnHoldUrl=[URL, URL]), "$[0].musicOnHoldUrl", "exactly one URL"),
    error("music of a number", conversation(musicOnHoldUrl=3), "$[0].musicOnHoldUrl", "exactly one URL"),
    warning(
        "transcription without record", conversation(transcription={}), "$[0].transcription", '"record": true'
    ),
    warning(
        "mute and canSpeak", conversation(mute=True, canSpeak=[UUID]), "$[0].mute", "not supported together"
    ),
    error("canHear of a string", conversation(canHear=UUID), "$[0].canHear", "an array of the uuids"),
    warning(
        "canHear of a name", conversation(canHear=["me"]), "$[0].canHear[0]", "the uuid of a leg looks like"
    ),
    error(
        "canHear of a number", conversation(canHear=[UUID, 7]), "$[0].canHear[1]", "7 where the uuid of a leg"
    ),
]

INPUT = [
    error("input without a type", action("input", eventUrl=[URL]), "$[0]", '"type" is missing'),
    error("type of a string", action("input", type="dtmf"), "$[0].type", '"dtmf" where an array of "dtmf"'),
    error("type of numbers", action("input", type=[1]), "$[0].type[0]", "1 where a string is required"),
    error("type of nothing", action("input", type=[]), "$[0].type", "an empty array where"),
    error(
        "type of another kind",
        action("input", type=["voice"]),
        "$[0].type[0]",
        '"dtmf", "speech" is required',
    ),
    error(
        "type of three", action("input", type=["dtmf", "speech", "dtmf"]), "$[0].type", "an array of 3 items"
    ),
    error(
        "another mode",
        action("input", type=["dtmf"], mode="async"),
        "$[0].mode",
        'did you mean "asynchronous"?',
    ),
    warning(
        "code is no mode",
        action("input", type=["dtmf"], code=1),
        "$[0].code",
        'property "code"; known are action',
    ),
    error(
        "settings with asynchronous",
        action("input", type=["dtmf"], mode="asynchronous", dtmf={"maxDigits": 1}),
        "$[0].dtmf",
        "an object where no settings of dtmf are allowed",
    ),
    warning(
        "dtmf that is not taken", action("input", type=["speech"], dtmf={}), "$[0].dtmf", "no keys are taken"
    ),
    warning(
        "speech that is not taken",
        action("input", type=["dtmf"], speech={}),
        "$[0].speech",
        "no speech is taken",
    ),
    warning("the legacy form", action("input", maxDigits=4), "$[0].maxDigits", "the legacy form of input"),
    warning(
        "the legacy submitOnHash", action("input", submitOnHash=True), "$[0].submitOnHash", "the legacy form"
    ),
    warning("the legacy timeOut", action("input", timeOut=5), "$[0].timeOut", '"dtmf": {"timeOut": ...}'),
    error(
        "dtmf that is true", action("input", type=["dtmf"], dtmf=True), "$[0].dtmf", "true where an object"
    ),
    error("timeOut of keys too long", dtmf(timeOut=11), "$[0].dtmf.timeOut", "0 to 10"),
    error("no digits", dtmf(maxDigits=0), "$[0].dtmf.maxDigits", "1 to 22"),
    error("digits by a word", dtmf(maxDigits="twenty"), "$[0].dtmf.maxDigits", "a whole number"),
    warning("21 digits", dtmf(maxDigits=21), "$[0].dtmf.maxDigits", f"{DISAGREE} more than 20"),
    warning("submitOnHash in quotes", dtmf(submitOnHash="false"), "$[0].dtmf.submitOnHash", UNQUOTE),
    error("the uuid of speech as a string", speech(uuid=UUID), "$[0].speech.uuid", "exactly one leg"),
    error(
        "endOnSilence too short for speech", speech(endOnSilence=0.3), "$[0].speech.endOnSilence", "0.4 to 10"
    ),
    error("context of a string", speech(context="sales"), "$[0].speech.context", "an array of strings"),
    error("context of numbers", speech(context=["a", 1]), "$[0].speech.context[1]", "1 where a string"),
    warning(
        "startTimeout of 11", speech(startTimeout=11), "$[0].speech.startTimeout", f"{DISAGREE} more than 10"
    ),
    warning(
        "startTimeout of 60", speech(startTimeout=60), "$[0].speech.startTimeout", f"{DISAGREE} more than 10"
    ),
    error("startTimeout of 61", speech(startTimeout=61), "$[0].speech.startTimeout", "1 to 60"),
    error("maxDuration of 61", speech(maxDuration=61), "$[0].speech.maxDuration", "1 to 60"),
    warning("sensitivity of 0", speech(sensitivity=0), "$[0].speech.sensitivity", f"{DISAGREE} less than 10"),
    error("sensitivity of 101", speech(sensitivity=101), "$[0].speech.sensitivity", "0 to 100"),
    warning(
        "a recogniser nobody knows", speech(provider="acme"), "$[0].speech.provider", "deepgram and google"
    ),
    warning(
        "startTimeOut", speech(startTimeOut=3), "$[0].speech.startTimeOut", 'did you mean "startTimeout"?'
    ),
]

OTHERS = [
    error("notify without both", action("notify"), "$[0]", '"payload" and "eventUrl" are missing'),
    error(
        "notify of a string",
        action("notify", payload="a", eventUrl=[URL]),
        "$[0].payload",
        "an object is required",
    ),
    error("notify to a string", action("notify", payload={}, eventUrl=URL), "$[0].eventUrl", ONE_URL),
    error(
        "notify to a socket",
        action("notify", payload={}, eventUrl=["wss://a"]),
        "$[0].eventUrl[0]",
        "https://",
    ),
    warning("wait of nothing", action("wait", timeout=0), "$[0].timeout", "0.1 to 7200 seconds is allowed"),
    warning("wait of three hours", action("wait", timeout=10800), "$[0].timeout", "takes what is nearest"),
    error(
        "wait of a word", action("wait", timeout="long"), "$[0].timeout", '"long" where a number is required'
    ),
    warning("wait in quotes", action("wait", timeout="0.5"), "$[0].timeout", UNQUOTE),
    warning("wait by seconds", action("wait", seconds=3), "$[0].seconds", 'did you mean "timeout"?'),
    error("transfer to nowhere", action("transfer"), "$[0]", '"conversationId" is missing'),
    error("transfer to a number", transfer(conversationId=5), "$[0].conversationId", "a string is required"),
    warning(
        "transfer in snake case",
        action("transfer", conversation_id="CON-1"),
        "$[0].conversation_id",
        f"{DISAGREE} this spelling",
    ),
    warning("transfer in both", transfer(conversation_id="CON-1"), "$[0].conversation_id", "Ruby SDK"),
    warning("transfer, mute and canSpeak", transfer(mute=True, canSpeak=[]), "$[0].mute", "keep one of them"),
    warning("pay", pay(), "$[0].action", "pay is removed from the API"),
    warning(
        "pay with everything",
        pay(
            currency="usd",
            eventUrl=[URL],
            prompts=[{"type": "CardNumber", "text": "Card", "errors": {"Timeout": {"text": "Again"}}}],
            voice={"language": "en-US", "style": 1},
        ),
        "$[0].action",
        "pay is removed",
    ),
    warning(
        "pay with one prompt", pay(prompts={"type": "SecurityCode", "text": "Code"}), "$[0].action", "removed"
    ),
]

CASES: list[Case] = [*CONVERSATION, *INPUT, *OTHERS]
