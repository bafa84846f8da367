/** The only columns that contain whole phones, with the reason. Everywhere else phones are masked. */
export const WHOLE_PHONES: Readonly<Record<string, string>> = {
  'users.phone': 'The account.',
  'users.released_phone': 'The phone that a user had before it was given to a new user.',
  'login_attempts.phone': 'The phone that an attempt proves.',
  'notifications.phone': 'The recipient, until the notification is sent.',
  'guess_failures.subject': 'The phone whose wrong codes are counted.',
  'login_attempts.charged': 'The budgets to which the messages of an attempt were charged.',
  'budgets.subject': 'The phone whose messages are counted.',
  'send_budgets.subject': 'The phone whose messages are counted.',
};
