from edge.request import Call
from fleet.errors import TooMany
from fleet.identity.issue_client_token import create
from thingsee.dialect import NO_STORE, api
from thingsee.shapes.token import CredentialsIn, Token, TokenOut


@api.route(
    "POST", "/auth/client-token", "create_client_token", scope="PUBLIC", uses=(create,), raises=(TooMany,), headers=NO_STORE, guarded=True
)
def handler(call: Call, body: CredentialsIn) -> TokenOut:
    """Give a client a token that is good for 15 minutes."""
    return TokenOut(data=Token(token=create(body.client_id, body.client_secret, call.request.source, call.now)))
