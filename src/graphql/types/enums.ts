import { builder } from '../builder.js';

export const LoginMethodEnum = builder.enumType('LoginMethod', {
  description: 'How a person proves that a phone is theirs.',
  values: {
    OTP: { description: 'By a one-time code sent to the phone.' },
    WHATSAPP: { description: 'By sending a message from the phone to the gateway over WhatsApp.' },
  },
});

export const LoginAttemptStatusEnum = builder.enumType('LoginAttemptStatus', {
  description: 'Where a login attempt stands.',
  values: {
    PENDING: { description: 'Waiting for the proof: the code, or the WhatsApp message.' },
    CONFIRMING: { description: 'The message came; the person must still send back the number that the screen shows.' },
    COMPLETED: { description: 'Proven. Call claimLogin within a minute to get the session.' },
    CLAIMED: { description: 'Exchanged for a session.' },
    EXPIRED: { description: 'The time ran out.' },
    CANCELED: { description: 'Ended by its client, or by a NO over WhatsApp.' },
    FAILED: { description: 'Ended by a failure: see failureReason.' },
  },
});

export const FailureReasonEnum = builder.enumType('FailureReason', {
  description: 'Why a login attempt FAILED.',
  values: {
    TOO_MANY_TRIES: { description: 'Too many wrong codes or numbers.' },
    USER_NOT_FOUND: { description: 'Nobody with this phone, and sign-up is closed.' },
    USER_BLOCKED: { description: 'The person is blocked.' },
    UNDELIVERABLE: { description: 'No channel took the code.' },
    PHONE_HIDDEN: { description: 'WhatsApp hides the phone of the sender: use a code instead.' },
  },
});

export const AttemptPurposeEnum = builder.enumType('AttemptPurpose', {
  description: 'What the proof of an attempt is for.',
  values: {
    SIGN_IN: { description: 'A session.' },
    CHANGE_PHONE: { description: 'The phone of somebody who is signed in.' },
  },
});

export const DeliveryPurposeEnum = builder.enumType('DeliveryPurpose', {
  description: 'What a message is for.',
  values: {
    LOGIN_CODE: { description: 'A one-time code. Its text needs {code}, and may have {minutes}.' },
    PHONE_CHANGED: {
      description: 'Tells the old phone of a person of the new one. Its text needs {phone}, the new one, masked.',
    },
  },
});

export const DeliveryChannelEnum = builder.enumType('DeliveryChannel', {
  description: 'One way to a phone through one provider.',
  values: {
    GREEN_API: { value: 'green-api', description: 'WhatsApp, through Green API.' },
    KAVENEGAR_VERIFY: { value: 'kavenegar-verify', description: 'SMS by a verify template, through Kavenegar.' },
    KAVENEGAR_SMS: { value: 'kavenegar-sms', description: 'Plain SMS, through Kavenegar.' },
    MELIPAYAMAK: { value: 'melipayamak', description: 'SMS by a pattern, through Melipayamak.' },
    CONSOLE: { value: 'console', description: "The gateway's own log. Development only." },
  } as const,
});

export const DeliveryStatusEnum = builder.enumType('DeliveryStatus', {
  description: 'How far a message has come. It only moves forward.',
  values: {
    QUEUED: { description: 'About to be handed to the provider.' },
    ACCEPTED: { description: 'The provider took it.' },
    SENT: { description: 'On its way to the phone.' },
    DELIVERED: { description: 'On the phone.' },
    READ: { description: 'Opened.' },
    UNDELIVERED: { description: 'It cannot reach the phone.' },
    FAILED: { description: 'The provider refused it or gave up.' },
  },
});
