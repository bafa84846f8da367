import { Client, fetchExchange } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { cacheExchange } from '@urql/exchange-graphcache';
import { possibleTypes } from '@phonegate/client/possible-types';

/** A urql client that sends the gateway token of the user who is signed in to `phonegate`. It works in browsers and in Node. */
export function createUrqlClient(phonegate) {
  return new Client({
    url: `${phonegate.url}/graphql`,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        possibleTypes, // without it Graphcache has to guess whether `... on Error` matches
        // It has no whole schema, so in development it warns of the fields that only other members of the union have.
        logger: (severity, message) => message.startsWith('Invalid undefined') || console[severity](message),
      }),
      authExchange((request) => authorize(phonegate.session, request)),
      fetchExchange,
    ],
  });
}

/** `gatewayToken()` returns a token that is valid for 30 seconds at least. It asks the gateway only when the token expires. */
async function authorize(session, { appendHeaders }) {
  let token;
  return {
    willAuthError: () => true, // so that refreshAuth is called before each request
    refreshAuth: async () => {
      token = await session.gatewayToken();
    },
    addAuthToOperation: (operation) =>
      token === undefined ? operation : appendHeaders(operation, { authorization: `Bearer ${token}` }),
    didAuthError: () => false,
  };
}
