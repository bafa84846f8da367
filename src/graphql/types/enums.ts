import { CHANNELS } from '../../delivery/channels/channel-list.js';
import { builder } from '../builder.js';

export const LoginMethodEnum = builder.enumType('LoginMethod', {
  description: 'How a user proves that a phone number is theirs.',
  values: {
    OTP: { description: 'The user types a one-time code that was sent to the phone.' },
    WHATSAPP: { description: 'The user sends a WhatsApp message from the phone to the gateway.' },
  },
});

export const LoginAttemptStatusEnum = builder.enumType('LoginAttemptStatus', {
  description: 'Status of a login attempt.',
  values: {
    PENDING: { description: 'The attempt waits for its proof: the code or the WhatsApp message.' },
    CONFIRMING: {
      description: 'The WhatsApp message arrived. The user must send back the number that the screen shows.',
    },
    COMPLETED: { description: 'The phone is proven. Call claimLogin within a minute to get the session.' },
    CLAIMED: { description: 'The attempt was exchanged for a session.' },
    EXPIRED: { description: 'The time of the attempt ran out.' },
    CANCELED: { description: 'The client canceled the attempt, or the user answered NO by WhatsApp.' },
    FAILED: { description: 'The attempt failed. See failureReason.' },
  },
});

export const FailureReasonEnum = builder.enumType('FailureReason', {
  description: 'Why a login attempt has the status FAILED.',
  values: {
    TOO_MANY_TRIES: { description: 'Too many wrong codes or confirmation numbers were submitted.' },
    USER_NOT_FOUND: { description: 'No user has this phone number, and sign-up is closed.' },
    USER_BLOCKED: { description: 'The user is blocked.' },
    UNDELIVERABLE: { description: 'No channel accepted the message with the code.' },
    PHONE_HIDDEN: { description: 'WhatsApp hides the phone number of the sender. The user can sign in with a code.' },
  },
});

export const AttemptPurposeEnum = builder.enumType('AttemptPurpose', {
  description: 'What the gateway does when the phone of a login attempt is proven.',
  values: {
    SIGN_IN: { description: 'The attempt opens a session.' },
    CHANGE_PHONE: { description: 'The attempt changes the phone number of a user who is signed in.' },
  },
});

export const DeliveryPurposeEnum = builder.enumType('DeliveryPurpose', {
  description: 'Purpose of a message.',
  values: {
    LOGIN_CODE: {
      description:
        'The message carries a one-time code. Its template must contain {code} and may contain {minutes} and {service}, which is LOGIN_TITLE.',
    },
    NEW_DEVICE: { description: 'Tells a user of a sign-in on a device that the gateway does not know.' },
    PHONE_CHANGED: {
      description:
        'The message tells the previous phone of a user that the number was changed. Its template must contain {phone}, which is the new number, masked, and may contain {service}, which is LOGIN_TITLE.',
    },
  },
});

export const CaptchaProviderEnum = builder.enumType('CaptchaProvider', {
  description: 'Who makes a captcha.',
  values: {
    ALTCHA: { description: 'The gateway: a proof of work, which a program solves without the user.' },
    TURNSTILE: { description: 'Cloudflare Turnstile. Show its widget with siteKey.' },
    HCAPTCHA: { description: 'The widget of hCaptcha. Show it with siteKey.' },
  },
});

export const DeliveryChannelEnum = builder.enumType('DeliveryChannel', {
  description: 'One way to a phone through one provider.',
  values: Object.fromEntries(
    CHANNELS.map(({ name, description }) => [graphqlName(name), { value: name, description }]),
  ),
});

/** `GREEN_API` for green-api. */
function graphqlName(channel: string): string {
  return channel.toUpperCase().replaceAll('-', '_');
}

export const CodeDeliveryStatusEnum = builder.enumType('CodeDeliveryStatus', {
  description:
    'How far a message with a code has come, as the client of the attempt sees it. It never says whether the message was read.',
  values: {
    QUEUED: { description: 'The gateway is about to give the message to the provider.' },
    SENT: { description: 'The provider accepted the message.' },
    DELIVERED: { description: 'The message is on the phone. It is shown up to six seconds later.' },
    FAILED: { description: 'The provider refused the message or gave up on it.' },
  } as const,
});

export const DeliveryStatusEnum = builder.enumType('DeliveryStatus', {
  description: 'Delivery status of a message, as admins see it. It only moves forward.',
  values: {
    QUEUED: { description: 'The gateway is about to give the message to the provider.' },
    ACCEPTED: { description: 'The provider accepted the message.' },
    SENT: { description: 'The message is on its way to the phone.' },
    DELIVERED: { description: 'The message is on the phone.' },
    READ: { description: 'The user opened the message. Only WhatsApp reports it.' },
    UNDELIVERED: { description: 'The message cannot reach the phone.' },
    FAILED: { description: 'The provider refused the message or gave up on it.' },
  },
});
