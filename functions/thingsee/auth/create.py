from edge.request import Call
from fleet.errors import TooMany
from fleet.services import client_tokens
from thingsee.dialect import PUBLIC, entrance
from thingsee.shapes.token import CredentialsIn, Token, TokenOut


@entrance.route("POST", "/auth/client-token", "create_client_token", scope=PUBLIC, uses=(client_tokens.create,), raises=(TooMany,))
def handler(call: Call, body: CredentialsIn) -> TokenOut:
    """Give a client a token that is good for 15 minutes."""
    return TokenOut(data=Token(token=client_tokens.create(body.client_id, body.client_secret, call.request.source, call.now)))
