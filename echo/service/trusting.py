"""The settings that say whom the daemon believes, and by what it proves itself to the provider."""

from __future__ import annotations

from echo.service import values
from echo.service.setting import Setting, choice
from echo.vonage.regions import API_URL, parse_api_url
from echo.webhook.secrets import MOST_SECRETS, parse_secrets

UNSIGNED = ("reject", "retry", "allow")
SOCKET_PROOFS = ("token", "vonage", "custom", "none")

#: Their rows, in the order of the help.
TRUST = (
    Setting(
        name="signature_secret",
        default=None,
        parse=parse_secrets,
        allowed=f"1 to {MOST_SECRETS} signature secrets of the account with commas between them, each perhaps behind "
        "the api_key that it is of and a colon",
        help="The account's signature secret: webhooks that it has not signed are refused, and sockets have to prove "
        "their call. Several, while it is changed, with commas between them; KEY:SECRET is good for one api_key only.",
        placeholder="SECRET",
        several=True,
        is_secret=True,
    ),
    Setting(
        name="signature_secret_file",
        default=None,
        parse=values.file_path,
        allowed="the path of a file with signature secrets, one in each line",
        help="Read signature secrets from this file, one in each line: a command line can be read by everybody on "
        "this machine. SIGHUP reads it again.",
        placeholder="FILE",
    ),
    Setting(
        name="application_id",
        default=None,
        parse=values.application_id,
        allowed="the id of an application, such as aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
        help="The Vonage application that this server is for: signatures that name another one are refused, "
        "and with --private-key its calls can be ended.",
        placeholder="ID",
    ),
    choice(
        "unsigned",
        "retry",
        UNSIGNED,
        "a way to treat what is not signed",
        "What happens to a webhook without any signature, where there is a signature secret: reject it (401), let the "
        "provider retry it (503), or allow it.",
    ),
    Setting(
        name="socket_auth",
        default=None,
        parse=values.socket_proofs(SOCKET_PROOFS),
        allowed="some of token, vonage and custom with commas between them, or none",
        help="What proves that a WebSocket is one of a call, any of: token (used once, in the address that /ncco has "
        "told), vonage (its signature), custom (an Authorization of ours); or none: every WebSocket is accepted. "
        "Without it: token,vonage where there is a signature secret, else none.",
        placeholder="LIST",
        several=True,
    ),
    Setting(
        name="socket_authorization_file",
        default=None,
        parse=values.file_path,
        allowed="the path of a file with an Authorization header of 8 to 8191 characters",
        help="With --socket-auth custom: accept WebSockets with the Authorization header in this file, too, such as "
        "Bearer and a key. It is for an NCCO that another server tells.",
        placeholder="FILE",
    ),
    Setting(
        name="private_key",
        default=None,
        parse=values.file_path,
        allowed="the path of a file with an RSA private key in PEM",
        help="The private key of that application, as the dashboard gives it: with it this server ends its calls "
        "through Vonage's REST API.",
        placeholder="FILE",
    ),
    Setting(
        name="api_url",
        default=API_URL,
        parse=parse_api_url,
        allowed="https:// and a host, or http:// and this machine, such as http://127.0.0.1:9100",
        help="Where the REST API is asked about calls whose region nobody told: another entrance of Vonage's, or for "
        "all calls a simulated one (echo-phone rest).",
        placeholder="URL",
    ),
)
