// node sign-in.mjs +77010000002
import { stdin, stdout } from 'node:process';
import { createInterface } from 'node:readline/promises';
import { createPhonegate } from '@phonegate/client';
import { gql } from '@urql/core';
import { createUrqlClient } from './urql-client.mjs';

const REQUEST_OTP = gql`
  mutation RequestOtp($phone: String!) {
    requestOtp(input: { phone: $phone }) {
      __typename
      ... on OtpRequested {
        attemptId
        secret
        maskedPhone
      }
      ... on Error {
        code
        message
      }
    }
  }
`;
const ME = gql`
  query Me {
    me {
      id
      phone
      role
    }
  }
`;

// The client keeps the session and refreshes it. urql sends every other request.
const phonegate = createPhonegate({ url: process.env.GATEWAY_URL ?? 'http://localhost:4000' });
const urql = createUrqlClient(phonegate);

const { data } = await urql.mutation(REQUEST_OTP, { phone: process.argv[2] ?? '' });
const attempt = data.requestOtp;
if (attempt.__typename === 'OtpRequested') {
  const terminal = createInterface({ input: stdin, output: stdout });
  const code = await terminal.question(`Code for ${attempt.maskedPhone}: `);
  terminal.close();
  const answer = await phonegate.verifyOtp({ ...attempt, code });
  if (answer.__typename === 'Session') console.log((await urql.query(ME, {})).data.me);
  else console.error(`${answer.code}: ${answer.message}`);
} else {
  console.error(`${attempt.code}: ${attempt.message}`);
}
phonegate.session.close(); // stops the timer of the next refresh, so that the process can end
