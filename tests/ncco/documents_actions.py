"""Documents with one mistake in talk, stream or record, in the order of actions, or in the whole."""

from __future__ import annotations

from echo.untrusted import Json
from tests.ncco.documents import (
    DISAGREE,
    UNQUOTE,
    URL,
    Case,
    action,
    error,
    stream,
    talk,
    warning,
)

ONE_URL = "an array with exactly one URL is required"
TAKES_KEYS: list[Json] = [
    {"action": "talk", "text": "Press", "bargeIn": True},
    {"action": "stream", "streamUrl": [URL]},
]

WHOLE = [
    error("an empty array", [], "$", "an empty array where an array of actions is required"),
    error("an action without its array", {"action": "talk"}, "$", "an object where an array of actions"),
    error("a string", "talk", "$", '"talk" where an array of actions is required'),
    error("null", None, "$", "null where an array of actions is required"),
    error(
        "a name where an action belongs", ["talk"], "$[0]", '"talk" where an action (an object) is required'
    ),
    error(
        "a nested array", [[{"action": "wait"}]], "$[0]", "an array where an action (an object) is required"
    ),
    error("an object without an action", [{"action": "wait"}, {}], "$[1]", '"action" is missing'),
    error(
        "a misspelt action", [{"acton": "wait"}], "$[0]", '"action" is missing; did you mean it by "acton"?'
    ),
    error("an action that is no string", [{"action": 1}], "$[0].action", "1 where one of connect, conv"),
    error("an action that is misspelt", action("tlak"), "$[0].action", 'did you mean "talk"?'),
    error("an action in capitals", action("Connect"), "$[0].action", 'did you mean "connect"?'),
    error("hangup", action("hangup"), "$[0].action", "the call ends after the last action"),
    error("say", action("say", text="Hello"), "$[0].action", 'did you mean "talk"?'),
    error("play", action("play"), "$[0].action", 'did you mean "stream"?'),
    error("redirect", action("redirect"), "$[0].action", 'did you mean "transfer"'),
    error(
        "an action with control characters", action("\x1b[2J\n"), "$[0].action", r'"\x1b[2J\n" where one of'
    ),
    error("an action with a long name", action("x" * 999), "$[0].action", " ... (+935 characters)"),
    warning(
        "too many actions", [{"action": "wait"}] * 201, "$", "only the first 200 of 201 items were looked at"
    ),
]

ORDER = [
    warning(
        "bargeIn without an input",
        [*TAKES_KEYS, {"action": "wait"}, {"action": "input", "type": ["dtmf"]}],
        "$[2]",
        "is to be input",
    ),
    warning(
        "bargeIn before a record",
        [{"action": "talk", "text": "a", "bargeIn": True}, {"action": "record"}, {"action": "wait"}],
        "$[1]",
        '"bargeIn": true takes keys',
    ),
    warning(
        "an action after a transfer",
        [{"action": "transfer", "conversationId": "CON-1"}, {"action": "wait"}, {"action": "wait"}],
        "$[1]",
        "this is never reached: the transfer",
    ),
    warning(
        "an action after an endless talk",
        [{"action": "talk", "text": "a", "loop": 0}, {"action": "wait"}],
        "$[1]",
        'this is never reached: the action before it has "loop": 0',
    ),
]

TALK = [
    error("talk without a text", action("talk"), "$[0]", '"text" is missing'),
    error(
        "talk with a misspelt text",
        action("talk", txt="Hi"),
        "$[0]",
        '"text" is missing; did you mean it by "txt"?',
    ),
    warning(
        "a word that is none of ours",
        talk(notice=1),
        "$[0].notice",
        'the property "notice"; known are action,',
    ),
    error("talk of a number", talk(text=5), "$[0].text", "5 where a string is required"),
    error(
        "talk of 1501 characters",
        talk(text="x" * 1501),
        "$[0].text",
        "1501 characters (without tags) where at most",
    ),
    warning("talk of nothing", talk(text=" \n"), "$[0].text", "nothing in it to say"),
    warning(
        "SSML without speak", talk(text="one <break time='1s'/> two"), "$[0].text", "SSML is read only inside"
    ),
    error("bargeIn of a number", talk(bargeIn=1), "$[0].bargeIn", "1 where true or false is required"),
    error("bargeIn of a word", talk(bargeIn="yes"), "$[0].bargeIn", '"yes" where true or false is required'),
    warning("bargeIn in quotes", talk(bargeIn="true"), "$[0].bargeIn", UNQUOTE),
    error("loop below its limit", talk(loop=-1), "$[0].loop", "-1 where at least 0 is allowed"),
    error("loop of a fraction", talk(loop=1.5), "$[0].loop", "1.5 where a whole number is required"),
    error("loop of true", talk(loop=True), "$[0].loop", "true where a whole number is required"),
    warning("loop in quotes", talk(loop="2"), "$[0].loop", UNQUOTE),
    error("level too loud", talk(level=1.1), "$[0].level", "1.1 where -1 to 1 is allowed"),
    error("level of a word", talk(level="loud"), "$[0].level", '"loud" where a number is required'),
    warning("level in quotes", talk(level="-0.5"), "$[0].level", UNQUOTE),
    error("language by its name", talk(language="English (US)"), "$[0].language", 'as in "en-US"'),
    error(
        "language with a line feed", talk(language="en-US\n"), "$[0].language", r'"en-US\n" where a language'
    ),
    error("style below its limit", talk(style=-1), "$[0].style", "at least 0"),
    error("premium of null", talk(premium=None), "$[0].premium", "null where true or false"),
    error(
        "provider alone", talk(provider="google"), "$[0]", '"providerOptions" is missing, which "provider"'
    ),
    warning(
        "provider nobody knows", talk(provider="acme", providerOptions={}), "$[0].provider", "the SDKs know"
    ),
    error(
        "providerOptions of a string",
        talk(providerOptions="x"),
        "$[0].providerOptions",
        "an object is required",
    ),
    error("provider of a number", talk(provider=1, providerOptions={}), "$[0].provider", "1 where a string"),
    warning("voiceName", talk(voiceName="Amy"), "$[0].voiceName", "deprecated"),
    warning("an option in snake case", talk(barge_in=True), "$[0].barge_in", 'did you mean "bargeIn"?'),
    warning("an option with a hint", talk(volume=1), "$[0].volume", 'did you mean "level"?'),
    warning("an option like no other", talk(zzz=1), "$[0].zzz", "known are action, bargeIn, language, level"),
    warning("an option with a blank", talk(**{"a b": 1}), '$[0]["a b"]', 'knows the property "a b"'),
    warning(
        "an option beyond ASCII", talk(**{"\u202e": 1}), r'$[0]["\u202e"]', "no document of the provider"
    ),
    warning(
        "an option with a long name", talk(**{"x" * 99: 1}), f'$[0]["{"x" * 64} ... (+35 characters)"]', "xxx"
    ),
]

STREAM = [
    error("stream without a URL", action("stream"), "$[0]", '"streamUrl" is missing'),
    error("streamUrl of a string", stream(streamUrl=URL), "$[0].streamUrl", ONE_URL),
    error("streamUrl of none", stream(streamUrl=[]), "$[0].streamUrl", f"an empty array where {ONE_URL}"),
    error(
        "streamUrl of two",
        stream(streamUrl=[URL, URL]),
        "$[0].streamUrl",
        f"an array of 2 items where {ONE_URL}",
    ),
    error("streamUrl of a file", stream(streamUrl=["a.mp3"]), "$[0].streamUrl[0]", "http:// or https://"),
    error("streamUrl of null", stream(streamUrl=[None]), "$[0].streamUrl[0]", "null where a URL"),
    warning("stream with events", stream(eventUrl=[URL]), "$[0].eventUrl", "stream has no events any more"),
    warning("stream with eventMethod", stream(eventMethod="GET"), "$[0].eventMethod", "no events any more"),
    warning(
        "stream with a mark", stream(eventOnCompletion=True), "$[0].eventOnCompletion", "no events any more"
    ),
    warning("stream with url", stream(url=URL), "$[0].url", 'did you mean "streamUrl"?'),
]

RECORD = [
    error(
        "format flac",
        action("record", format="flac"),
        "$[0].format",
        '"flac" where one of "mp3", "wav", "ogg"',
    ),
    error("split of true", action("record", split=True), "$[0].split", "true where a string is required"),
    error(
        "split of another word",
        action("record", split="legs"),
        "$[0].split",
        'where "conversation" is required',
    ),
    error(
        "channels alone",
        action("record", channels=2),
        "$[0]",
        '"split" is missing, which "channels" requires',
    ),
    error("33 channels", action("record", split="conversation", channels=33), "$[0].channels", "1 to 32"),
    error("endOnSilence too short", action("record", endOnSilence=2), "$[0].endOnSilence", "3 to 10"),
    error("endOnKey of two", action("record", endOnKey="12"), "$[0].endOnKey", "one of the keys"),
    error(
        "endOnKey of a number", action("record", endOnKey=1), "$[0].endOnKey", "1 where a string with one of"
    ),
    warning("endOnKey 0", action("record", endOnKey="0"), "$[0].endOnKey", f"{DISAGREE} the key 0"),
    error("timeOut too short", action("record", timeOut=2), "$[0].timeOut", "3 to 7200"),
    error(
        "timeOut in quotes with a fraction", action("record", timeOut="2.5"), "$[0].timeOut", "a whole number"
    ),
    warning("timeOut in quotes", action("record", timeOut="60"), "$[0].timeOut", UNQUOTE),
    warning("timeout", action("record", timeout=60), "$[0].timeout", 'did you mean "timeOut"?'),
    error("eventMethod PUT", action("record", eventMethod="PUT"), "$[0].eventMethod", '"GET", "POST"'),
    error(
        "eventMethod in small letters",
        action("record", eventMethod="get"),
        "$[0].eventMethod",
        'did you mean "GET"?',
    ),
    error(
        "a language in a transcription",
        action("record", transcription={"language": "?"}),
        "$[0].transcription.language",
        "BCP 47",
    ),
    warning(
        "an option of a transcription",
        action("record", transcription={"sentiment": True}),
        "$[0].transcription.sentiment",
        'did you mean "sentimentAnalysis"?',
    ),
]

CASES: list[Case] = [*WHOLE, *ORDER, *TALK, *STREAM, *RECORD]
