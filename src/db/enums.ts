import {
  AttemptPurpose,
  DeliveryPurpose,
  DeliveryStatus,
  FailureReason,
  LoginAttemptStatus,
  LoginMethod,
} from './prisma/enums.js';
import { enumType } from './types.js';

/** The enums of the database, for statements. A test compares their labels with those in PostgreSQL. */
export const loginMethod = enumType('login_method', LoginMethod);
export const loginAttemptStatus = enumType('login_attempt_status', LoginAttemptStatus);
export const failureReason = enumType('failure_reason', FailureReason);
export const attemptPurpose = enumType('attempt_purpose', AttemptPurpose);
export const deliveryStatus = enumType('delivery_status', DeliveryStatus);
export const deliveryPurpose = enumType('delivery_purpose', DeliveryPurpose);
