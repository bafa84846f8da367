import { hash, randomBytes } from 'node:crypto';
import type { DeliveryStatus, FailureReason, LoginAttemptStatus, LoginMethod } from '../../db/prisma/client.js';
import type { ChannelName } from '../../config/config.js';
import { DomainError } from '../../domain-error.js';

export type { DeliveryStatus, FailureReason, LoginAttemptStatus, LoginMethod };

/** A login attempt as its client may see it. */
export interface LoginAttempt {
  id: string;
  method: LoginMethod;
  status: LoginAttemptStatus;
  version: number;
  expiresAt: Date;
  failureReason: FailureReason | null;
  /** Two digits that the person sends back by WhatsApp; only while the attempt is CONFIRMING. */
  confirmationNumber: string | null;
  delivery: Delivery | null;
}

/** The latest message with the code. */
export interface Delivery {
  channel: ChannelName;
  status: DeliveryStatus;
  updatedAt: Date;
  /** Other channels that were tried before, in order. */
  previousChannels: ChannelName[];
}

/** After these nothing more happens by itself. COMPLETED waits only for its own client, which then knows. */
export function isFinal(status: LoginAttemptStatus): boolean {
  return status !== 'PENDING' && status !== 'CONFIRMING';
}

/** What starts an attempt is told about its client. */
export interface Client {
  ip: string;
  userAgent: string | undefined;
  /** Where it is, as a proxy in front of us tells it. */
  location: string | undefined;
  /** One of the locales we speak; none when the client did not say. */
  locale: string | undefined;
}

export interface AttemptSecret {
  secret: string;
  hash: Buffer;
}

/** 256 random bits, for the one client that starts the attempt; the hash is what we keep. */
export function createSecret(): AttemptSecret {
  const secret = randomBytes(32).toString('base64url');
  return { secret, hash: hashSecret(secret) };
}

export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isAttemptId(text: string): boolean {
  return UUID.test(text);
}

/** No such attempt, or not this client's: the answer does not tell which. */
export class AttemptNotFound extends DomainError {
  constructor() {
    super('ATTEMPT_NOT_FOUND');
  }
}

/** The attempt is over; `status` says how. */
export class AttemptClosed extends DomainError {
  readonly status: LoginAttemptStatus;
  readonly failureReason: FailureReason | null;

  constructor(status: LoginAttemptStatus, failureReason: FailureReason | null) {
    super('ATTEMPT_CLOSED');
    this.status = status;
    this.failureReason = failureReason;
  }
}
