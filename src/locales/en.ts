import type { Messages } from './catalog.js';

export const en: Messages = {
  errors: {
    INVALID_PHONE_NUMBER: 'Enter a valid phone number with the country code, for example +7 701 000 00 02.',
    PHONE_NOT_ALLOWED: 'We can’t send codes to this number. Use another mobile number.',
    RATE_LIMITED: 'Too many attempts. Try again later.',
    CAPTCHA_REQUIRED: 'We’re checking that you’re not a robot. Wait a moment, then try again.',
    DELIVERY_FAILED: 'We couldn’t send the code. Try again in a minute, or sign in with WhatsApp.',
    METHOD_UNAVAILABLE: 'You can’t sign in with WhatsApp here. Use a code instead.',
    ATTEMPT_NOT_FOUND: 'Sign-in attempt not found. Start again.',
    ATTEMPT_CLOSED: 'This sign-in attempt has ended. Start again.',
    ATTEMPT_NOT_COMPLETED: 'This sign-in attempt isn’t complete yet. Send the WhatsApp message first.',
    CONFIRMATION_REQUIRED:
      'The code is correct. One more step: confirm this sign-in in WhatsApp, or ask an administrator to approve it.',
    INCORRECT_CODE: 'Incorrect code. Check it and try again.',
    INVALID_REFRESH_TOKEN: 'You are signed out. Sign in again.',
    UNAUTHENTICATED: 'Sign in first.',
    GATEWAY_TOKEN_REQUIRED: 'Your app used the wrong token for this. Update the app, or reload the page.',
    FORBIDDEN: 'You don’t have permission to do this.',
    ALREADY_WATCHED: 'This sign-in is already open in another tab. Continue there.',
    CSRF_HEADER_MISSING: 'This request uses a cookie but lacks the required header. Reload the page.',
    INVALID_INPUT: 'This value isn’t valid. Check the field named in the error.',
    SESSION_NOT_FOUND: 'Session not found, or it has already ended.',
    FRESH_SIGN_IN_REQUIRED: 'To do this, sign in again first.',
    DEVICE_TOO_NEW:
      'You signed in on this device only recently. Do this on a device that you used before, or try again in 24 hours.',
    PHONE_TAKEN: 'This number belongs to another account.',
    USER_NOT_FOUND: 'User not found.',
    LAST_ADMIN: 'This is the last administrator. Make another user an administrator first.',
    TEMPLATE_NOT_FOUND: 'Template not found.',
    REDIRECT_NOT_ALLOWED: 'This app isn’t allowed to use this sign-in page. Go back to the app you came from.',
    READ_TIMED_OUT: 'This takes too long. Narrow your search, or try again later.',
    CODE_CHALLENGE_REQUIRED: 'This app didn’t protect its sign-in request. Go back to the app you came from.',
    INVALID_AUTHORIZATION_CODE: 'This sign-in code has already been used or has expired. Start again.',
  },
  withoutOtherMethod: {
    DELIVERY_FAILED: 'We couldn’t send the code. Try again in a minute.',
    METHOD_UNAVAILABLE: 'You can’t sign in with WhatsApp here.',
  },
  internalError: 'Something went wrong on our side. Try again.',
  unavailable: 'The service is unavailable right now. Try again in a minute.',
  sendAgain: 'We couldn’t process your message. Please send it again.',
  phoneHidden: 'WhatsApp hides your number, so you can’t sign in this way. Please use a code instead.',
  newDevice:
    'New sign-in to {service}: {device}, {location}, {time}. If it wasn’t you, reply NO within 24 hours to end it.',
  newDeviceBySms: "New {service} sign-in: {device}. If this wasn't you, contact support.",
  signInEnded: 'The sign-in on that device has ended.',
  askToConfirm: (service, device, location) =>
    `Someone is signing in to ${service} with your number: ${device}, ${location}. If it’s you, reply with the two-digit number on the screen. If not, reply NO.`,
};
