import type { PostConnection } from '../support/post.js';

/** The benchmark does not receive the messages, so every attempt of its database accepts this code. */
export const CODE = '000000';

/** The GraphQL requests of a sign-in. */
interface SignInRequests {
  request: (phone: string) => string;
  verify: (attempt: { attemptId: string; secret: string }) => string;
}

const USER = 'user { id phone }';
const gatewayRequests: SignInRequests = {
  request: (phone) =>
    JSON.stringify({
      query:
        'mutation ($input: RequestOtpInput!) { requestOtp(input: $input) { __typename ... on OtpRequested { attemptId secret } ... on Error { code } } }',
      variables: { input: { phone } },
    }),
  verify: ({ attemptId, secret }) =>
    JSON.stringify({
      query: `mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { __typename ... on Session { id accessToken refreshToken ${USER} } ... on Error { code } } }`,
      variables: { input: { attemptId, secret, code: CODE } },
    }),
};
const floorRequests: SignInRequests = {
  request: (phone) =>
    JSON.stringify({
      query: 'mutation ($phone: String!) { requestOtp(phone: $phone) { attemptId secret } }',
      variables: { phone },
    }),
  verify: ({ attemptId, secret }) =>
    JSON.stringify({
      query: `mutation ($attemptId: ID!, $secret: String!, $code: String!) { verifyOtp(attemptId: $attemptId, secret: $secret, code: $code) { id accessToken refreshToken ${USER} } }`,
      variables: { attemptId, secret, code: CODE },
    }),
};

/** Signs a user in by two requests of GraphQL. */
const signInWith =
  (requests: SignInRequests) =>
  async (connection: PostConnection, phone: string): Promise<void> => {
    const requested = await connection.post('/graphql', requests.request(phone));
    const attempt = (JSON.parse(requested) as { data: { requestOtp: { attemptId: string; secret: string } } }).data
      ?.requestOtp;
    if (!attempt?.secret) throw new Error(`requestOtp answered ${requested}`);
    const verified = await connection.post('/graphql', requests.verify(attempt));
    if (!verified.includes('"accessToken":"')) throw new Error(`verifyOtp answered ${verified}`);
  };

export const signInToGateway = signInWith(gatewayRequests);
export const signInToFloor = signInWith(floorRequests);
