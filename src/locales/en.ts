import type { Messages } from './catalog.js';

export const en: Messages = {
  errors: {
    INVALID_PHONE_NUMBER: 'This is not a phone number. Write it with the country code, for example +7 701 000 00 02.',
    PHONE_NOT_ALLOWED: 'We cannot send codes to this number. Use another mobile number.',
    RATE_LIMITED: 'Too many tries. Wait a little, then try again.',
    DELIVERY_FAILED: 'The code could not be sent just now. Try again in a minute, or sign in through WhatsApp.',
    METHOD_UNAVAILABLE: 'Signing in through WhatsApp is not available here. Use a code instead.',
    ATTEMPT_NOT_FOUND: 'This sign-in does not exist. Start again.',
    ATTEMPT_CLOSED: 'This sign-in is over. Start again.',
    ATTEMPT_NOT_COMPLETED: 'The sign-in is not finished yet. Send the WhatsApp message first.',
    INCORRECT_CODE: 'The code is not right. Check it and try again.',
    INVALID_REFRESH_TOKEN: 'You are signed out. Sign in again.',
    UNAUTHENTICATED: 'Sign in first.',
    FORBIDDEN: 'You may not do this.',
    CSRF_HEADER_MISSING:
      'This request relies on a cookie, and lacks the header that shows it was meant. Reload the page.',
    INVALID_INPUT: 'This cannot be taken as it is. Check the field that is named.',
    SESSION_NOT_FOUND: 'There is no such session, or it is over already.',
    FRESH_SIGN_IN_REQUIRED: 'For this, sign in once more first.',
    PHONE_TAKEN: 'This number belongs to another account.',
    USER_NOT_FOUND: 'There is no such user.',
    TEMPLATE_NOT_FOUND: 'There is no such template.',
    REDIRECT_NOT_ALLOWED:
      'You cannot be sent to this address: it is not on the list of this service. Go back to the application you came from.',
    INVALID_AUTHORIZATION_CODE: 'This sign-in was used already, or took too long. Start again.',
  },
  internalError: 'Something went wrong on our side. Try again.',
  unavailable: 'The service cannot answer just now. Try again in a minute.',
  sendAgain: 'Your message did not arrive in full. Please send it again.',
  phoneHidden: 'Your number is hidden, so we cannot sign you in this way. Please use a code instead.',
  askToConfirm: (service, device, location) =>
    `Somebody is signing in to ${service} with your number: ${device}, ${location}. If it is you, send back the two-digit number from the screen. If not, answer NO.`,
};
