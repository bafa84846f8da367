import { hash, randomBytes } from 'node:crypto';
import type { FailureReason, LoginAttemptStatus, LoginMethod } from '../../db/prisma/client.js';
import type { ChannelName } from '../../config/config.js';
import { DomainError } from '../../domain-error.js';

export type { FailureReason, LoginAttemptStatus, LoginMethod };

/** A login attempt as its client may see it. */
export interface LoginAttempt {
  id: string;
  method: LoginMethod;
  status: LoginAttemptStatus;
  /** Increases with every change that a watcher should see. */
  version: number;
  expiresAt: Date;
  failureReason: FailureReason | null;
  /**
   * The two digits that the user sends back by WhatsApp. Null unless the attempt is CONFIRMING, and when only an admin
   * can approve it.
   */
  confirmationNumber: string | null;
  /** Answers that may still come after a wrong one. Null before a wrong one, and unless the attempt is CONFIRMING. */
  confirmationTriesLeft: number | null;
  /** Null for the method WHATSAPP, and when the attempt is over. */
  delivery: Delivery | null;
}

/** The delivery status as the client of an attempt sees it. It says nothing about what the owner of the phone does. */
export type ShownDeliveryStatus = 'QUEUED' | 'SENT' | 'DELIVERED' | 'FAILED';

/** The latest message with the code. */
export interface Delivery {
  channel: ChannelName;
  status: ShownDeliveryStatus;
  /** When the attempt was created. Older clients read this field. */
  updatedAt: Date;
  /** Other channels that were tried before and did not deliver, in order. Not those that the user replaced by a resend. */
  previousChannels: ChannelName[];
}

/**
 * Statuses after which a watching client needs no further changes. A COMPLETED attempt changes only when its own client
 * claims it.
 */
export function isFinal(status: LoginAttemptStatus): boolean {
  return status !== 'PENDING' && status !== 'CONFIRMING';
}

/** The client that starts an attempt. */
export interface Client {
  ip: string;
  userAgent: string | undefined;
  /** From the header that the proxy in front of the gateway sets. */
  location: string | undefined;
  /** One of the gateway's locales; undefined when the client requests none of them. */
  locale: string | undefined;
}

export interface AttemptSecret {
  secret: string;
  hash: Buffer;
}

/** 256 random bits for the client that starts the attempt. Only the hash is stored. */
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

/** The attempt does not exist, or the secret belongs to another attempt. The answer does not say which. */
export class AttemptNotFound extends DomainError {
  constructor() {
    super('ATTEMPT_NOT_FOUND');
  }
}

/** The attempt is over. `status` says how it ended. */
export class AttemptClosed extends DomainError {
  readonly status: LoginAttemptStatus;
  readonly failureReason: FailureReason | null;

  constructor(status: LoginAttemptStatus, failureReason: FailureReason | null) {
    super('ATTEMPT_CLOSED');
    this.status = status;
    this.failureReason = failureReason;
  }
}
