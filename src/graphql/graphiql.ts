import type { GraphiQLOptions, GraphiQLRenderer } from 'graphql-yoga';

type Tab = NonNullable<GraphiQLOptions['defaultTabs']>[number];

/**
 * One tab for each step of both logins, in order. The name of a tab is the name of its operation. The first tab has no
 * variables, because GraphiQL 5 does not fill them in for the tab that it opens with.
 */
export const EXAMPLES: Tab[] = [
  {
    query: `# 1. Ask for a code. It arrives on the developer's phone:
# /dev/phone. The next tab needs attemptId and secret.
mutation RequestACode {
  requestOtp(input: { phone: "+7 701 000 00 02" }) {
    ... on OtpRequested {
      attemptId
      secret
      maskedPhone
      channel
      expiresAt
      resendAt
    }
    ... on Error {
      code
      message
    }
  }
}
`,
  },
  {
    query: `# 2. Exchange the code for a session. Fill in below.
mutation VerifyTheCode($input: VerifyOtpInput!) {
  verifyOtp(input: $input) {
    ... on Session {
      gatewayToken
      refreshToken
      user {
        id
        phone
        role
      }
    }
    ... on IncorrectCode {
      triesLeft
    }
    ... on AttemptClosed {
      status
    }
    ... on Error {
      code
      message
    }
  }
}
`,
    variables: json({ input: { attemptId: '', secret: '', code: '' } }),
  },
  {
    query: `# 3. Or sign in with a WhatsApp message. Watch the attempt
# in the next tab, then send loginMessage from /dev/phone.
mutation StartAWhatsAppLogin {
  startWhatsAppLogin {
    ... on WhatsAppLogin {
      attemptId
      secret
      loginMessage
      qrPayload
      expiresAt
    }
    ... on Error {
      code
      message
    }
  }
}
`,
  },
  {
    query: `# 4. The status of the attempt, then each change to it.
# Fill in below.
subscription WatchTheAttempt($attemptId: ID!, $secret: String!) {
  loginAttemptStatus(attemptId: $attemptId, secret: $secret) {
    status
    failureReason
    confirmationNumber
    expiresAt
    delivery {
      channel
      status
    }
  }
}
`,
    variables: json({ attemptId: '', secret: '' }),
  },
  {
    query: `# 5. Get the session, within a minute after COMPLETED.
mutation ClaimTheLogin($input: ClaimLoginInput!) {
  claimLogin(input: $input) {
    ... on Session {
      gatewayToken
      refreshToken
      user {
        id
        phone
        role
      }
    }
    ... on Error {
      code
      message
    }
  }
}
`,
    variables: json({ input: { attemptId: '', secret: '' } }),
  },
  {
    query: `# 6. The user. Put the gatewayToken of tab 2 or 5
# into Headers, below.
query Me {
  me {
    id
    phone
    name
    role
    createdAt
  }
}
`,
    headers: json({ authorization: 'Bearer ' }),
  },
];

/** Without this, GraphiQL 5 animates its tabs and moves a tab away from the pointer at the first click. */
const TABS_STAY = '.graphiql-tab { transform: none !important; }';

/**
 * GraphiQL without scripts from other hosts, so that it works offline. It is a development package. Where it is not
 * installed, the page says so in one line of text.
 */
export const renderGraphiQL: GraphiQLRenderer = async (options) => {
  try {
    const graphiql = await import('@graphql-yoga/render-graphiql');
    return graphiql
      .renderGraphiQL({ ...options, defaultTabs: EXAMPLES })
      .replace('</head>', () => `<style>${TABS_STAY}</style></head>`);
  } catch {
    return 'GraphiQL is a development package and is not installed here. Send GraphQL requests to POST /graphql.';
  }
};

function json(value: object): string {
  return JSON.stringify(value, null, 2);
}
