"""Documents with one mistake in an endpoint."""

from __future__ import annotations

from tests.ncco.documents import (
    DISAGREE,
    URL,
    Case,
    endpoint,
    error,
    phone,
    sip,
    warning,
    websocket,
)

AT = "$[0].endpoint[0]"
EITHER = 'an endpoint has either "uri" or "user" and "domain"'

PHONE = [
    error("phone without a number", endpoint("phone"), AT, '"number" is missing'),
    error("number with +", phone(number="+447700900001"), f"{AT}.number", "7 to 15 digits without +"),
    error("number with blanks", phone(number="44 7700 900001"), f"{AT}.number", "without + or spaces"),
    error("number of 6 digits", phone(number="123456"), f"{AT}.number", "7 to 15 digits"),
    error("number of 16 digits", phone(number="1234567890123456"), f"{AT}.number", "7 to 15 digits"),
    error(
        "number that is a number",
        phone(number=447700900001),
        f"{AT}.number",
        "447700900001 where a number as in",
    ),
    warning("number of 7 digits", phone(number="1234567"), f"{AT}.number", f"{DISAGREE} less than 10 digits"),
    warning(
        "number without its country",
        phone(number="07700900001"),
        f"{AT}.number",
        "starts with its country code",
    ),
    error("dtmfAnswer with a letter", phone(dtmfAnswer="1a"), f"{AT}.dtmfAnswer", "*, # and p (a pause)"),
    error("onAnswer without a URL", phone(onAnswer={}), f"{AT}.onAnswer", '"url" is missing'),
    error(
        "onAnswer of an array", phone(onAnswer={"url": [URL]}), f"{AT}.onAnswer.url", "an array where a URL"
    ),
    warning(
        "onAnswer with the old name",
        phone(onAnswer={"url": URL, "ringback": URL}),
        f"{AT}.onAnswer.ringback",
        'the old name of "ringbackTone"',
    ),
    warning("phone with numbers", phone(numbers=["1"]), f"{AT}.numbers", 'did you mean "number"?'),
]

APP_AND_VBC = [
    error("app without a user", endpoint("app"), AT, '"user" is missing'),
    error("app with an empty user", endpoint("app", user=""), f"{AT}.user", '"" where something is required'),
    error("vbc without an extension", endpoint("vbc"), AT, '"extension" is missing'),
    error("vbc with a number", endpoint("vbc", extension=4567), f"{AT}.extension", "4567 where a string"),
]

SIP = [
    error("sip without an address", endpoint("sip"), AT, '"uri", or "user" and "domain", is required'),
    error("sip with a user alone", endpoint("sip", user="a"), AT, '"domain" is missing'),
    warning("sip with a domain alone", endpoint("sip", domain="d"), AT, '"domain" without "user"'),
    warning("sip with an address and a user", sip(user="a"), f"{AT}.user", EITHER),
    warning("sip with an address and a domain", sip(domain="d"), f"{AT}.domain", EITHER),
    error("sip without a scheme", sip(uri="a@b.example"), f"{AT}.uri", "begins with sip: or sips:"),
    warning("sip with a long address", sip(uri=f"sip:{'a' * 40}@b.example"), f"{AT}.uri", "50 characters"),
    error(
        "sip headers of an array", sip(headers=["a"]), f"{AT}.headers", "an array where an object is required"
    ),
    warning(
        "sip with standard_headers", sip(standard_headers={}), f"{AT}.standard_headers", '"standardHeaders"'
    ),
    warning(
        "sip with another standard header",
        sip(standardHeaders={"user-to-user": "00"}),
        f'{AT}.standardHeaders["user-to-user"]',
        'did you mean "User-to-User"?',
    ),
]

WEBSOCKET = [
    error(
        "websocket without a uri",
        endpoint("websocket", content_type="audio/l16;rate=8000"),
        AT,
        '"uri" is missing',
    ),
    error(
        "websocket with a misspelt uri",
        endpoint("websocket", content_type="audio/l16;rate=8000", urll="wss://example.com/"),
        AT,
        '"uri" is missing; did you mean it by "urll"?',
    ),
    error(
        "websocket with a url",
        endpoint("websocket", content_type="audio/l16;rate=8000", url="wss://example.com/"),
        AT,
        '"uri" is missing; did you mean it by "url"?',
    ),
    warning(
        "websocket to a host like ours", websocket(uri="ws://127.example.com/"), f"{AT}.uri", "not encrypted"
    ),
    warning("websocket to localhost.com", websocket(uri="ws://localhost.com/"), f"{AT}.uri", "not encrypted"),
    error(
        "websocket over https",
        websocket(uri="https://example.com/socket"),
        f"{AT}.uri",
        "did you mean wss://",
    ),
    error(
        "websocket without a scheme", websocket(uri="example.com/socket"), f"{AT}.uri", "begins with wss://"
    ),
    error("websocket without a host", websocket(uri="wss:///socket"), f"{AT}.uri", "with a host"),
    error(
        "websocket with a fragment", websocket(uri="wss://example.com/#a"), f"{AT}.uri", "without spaces or #"
    ),
    error("websocket of a number", websocket(uri=5), f"{AT}.uri", "5 where a string is required"),
    warning(
        "websocket without TLS",
        websocket(uri="ws://example.com/socket"),
        f"{AT}.uri",
        "ws:// is not encrypted",
    ),
    warning(
        "websocket with a long uri", websocket(uri=f"wss://a/{'b' * 2048}"), f"{AT}.uri", "2048 characters"
    ),
    warning(
        "websocket without a content-type",
        endpoint("websocket", uri="wss://example.com"),
        AT,
        'whether "content-type" may be left out',
    ),
    error(
        "content-type with a blank",
        websocket(content_type="audio/l16; rate=16000"),
        f'{AT}["content-type"]',
        '"audio/l16; rate=16000" where one of "audio/l16;rate=8000"',
    ),
    error(
        "content-type of 44.1 kHz",
        websocket(content_type="audio/l16;rate=44100"),
        f'{AT}["content-type"]',
        "24000",
    ),
    error(
        "content-type of a number",
        websocket(content_type=16000),
        f'{AT}["content-type"]',
        "16000 where one of",
    ),
    warning(
        "contentType", websocket(contentType="audio/l16;rate=16000"), f"{AT}.contentType", '"content-type"?'
    ),
    error(
        "headers of 513 bytes",
        websocket(headers={"a": "x" * 505}),
        f"{AT}.headers",
        "513 bytes of JSON where at most",
    ),
    error("headers in UTF-8", websocket(headers={"a": "\u00e9" * 253}), f"{AT}.headers", "514 bytes"),
    error(
        "headers of an array",
        websocket(headers=["a"]),
        f"{AT}.headers",
        "an array where an object is required",
    ),
    warning(
        "a header event",
        websocket(headers={"event": "a"}),
        f"{AT}.headers.event",
        'has an "event" of its own',
    ),
    warning(
        "a header content-type",
        websocket(headers={"content-type": "a"}),
        f'{AT}.headers["content-type"]',
        "take another name",
    ),
    error(
        "authorization of a string",
        websocket(authorization="Bearer a"),
        f"{AT}.authorization",
        "an object is required",
    ),
    error(
        "another authorization",
        websocket(authorization={"type": "bearer", "value": "a"}),
        f"{AT}.authorization.type",
        'one of "vonage", "custom" is required',
    ),
    error(
        "custom without a value",
        websocket(authorization={"type": "custom"}),
        f"{AT}.authorization",
        '"value" is missing',
    ),
    error(
        "a value with a line feed",
        websocket(authorization={"type": "custom", "value": "a\n"}),
        f"{AT}.authorization.value",
        "printable ASCII is required",
    ),
    error(
        "a value that is too long",
        websocket(authorization={"type": "custom", "value": "x" * 8192}),
        f"{AT}.authorization.value",
        "8192 characters where at most 8191 are allowed",
    ),
    warning(
        "a value with vonage",
        websocket(authorization={"type": "vonage", "value": "a"}),
        f"{AT}.authorization.value",
        "this one is ignored",
    ),
    warning(
        "a value alone", websocket(authorization={"value": "a"}), f"{AT}.authorization.value", "is ignored"
    ),
    warning("url", websocket(url="wss://a"), f"{AT}.url", 'did you mean "uri"?'),
]

CASES: list[Case] = [*PHONE, *APP_AND_VBC, *SIP, *WEBSOCKET]
