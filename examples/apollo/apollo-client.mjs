import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { possibleTypes } from '@phonegate/client/possible-types';

/** An Apollo client that sends the gateway token of the user who is signed in to `phonegate`. It works in browsers and in Node. */
export function createApolloClient(phonegate) {
  const authorization = new SetContextLink(async ({ headers }) => {
    const token = await phonegate.session.gatewayToken(); // refreshed when it is about to expire
    return token === undefined ? {} : { headers: { ...headers, authorization: `Bearer ${token}` } };
  });
  return new ApolloClient({
    link: authorization.concat(new HttpLink({ uri: `${phonegate.url}/graphql` })),
    // Without possibleTypes `... on Error` matches no type: an error would be read as {}.
    cache: new InMemoryCache({ possibleTypes }),
  });
}
