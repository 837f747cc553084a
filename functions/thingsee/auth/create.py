from edge.request import Call
from fleet.errors import TooMany
from fleet.identity import issue_client_token
from thingsee.dialect import PUBLIC, entrance
from thingsee.shapes.token import CredentialsIn, Token, TokenOut


@entrance.route("POST", "/auth/client-token", "create_client_token", scope=PUBLIC, uses=(issue_client_token.create,), raises=(TooMany,))
def handler(call: Call, body: CredentialsIn) -> TokenOut:
    """Give a client a token that is good for 15 minutes."""
    return TokenOut(data=Token(token=issue_client_token.create(body.client_id, body.client_secret, call.request.source, call.now)))
